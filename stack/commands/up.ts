/** `up` and `switch`: from a profile to a stack that runs and is proved. */
import type { Plan } from "../core/plan/action.ts";
import { desire, sizeServices, type Desired, type SizedService } from "../core/desire/desire.ts";
import { PlumblineError } from "../core/errors.ts";
import type { MachineFacts } from "../core/machine/facts.ts";
import type { ObtainedImage } from "../core/service/image.ts";
import type { Runtime } from "../core/machine/runtime.ts";
import type { Engine } from "../core/machine/engine.ts";
import { registry } from "../services/index.ts";
import { converge, type Converged } from "../converge/converge.ts";
import { refuseForeignStack } from "./request/foreign.ts";
import { ensureImages, type LeftOut } from "./request/ensure-images.ts";
import { ensureMachine } from "./request/ensure-machine.ts";
import { ensureCompose, ensureRuntime } from "./request/ensure-runtime.ts";
import { takeLock } from "../host/lock.ts";
import type { World } from "../converge/observe.ts";
import { stopwatch } from "./request/phases.ts";
import { type Phase } from "../core/results/start-up-trace.ts";
import { refuseForeignPorts } from "../converge/ports.ts";
import { writeSecretFiles } from "../records/secret-files.ts";
import { loadCredentials } from "../records/secrets.ts";
import { wholeFiles } from "./request/whole-files.ts";
import { readWanted, type Wanted } from "./request/request.ts";
import { traceStart, type SavedTrace } from "../records/trace.ts";
import type { UpControls, UpOptions } from "./request/up-options.ts";

/** A stack that is up and proved. */
export interface UpStack extends Converged {
  readonly wanted: Wanted;
  readonly runtime: Runtime;
  readonly engine: Engine;
  readonly machine: MachineFacts;
  readonly machinePlan: Plan;
  readonly desired: Desired;
  readonly world: World;
  readonly images: ReadonlyMap<string, ObtainedImage>;
  /** Services of the profile that run nowhere, and why. */
  readonly leftOut: readonly LeftOut[];
  readonly phases: readonly Phase[];
  /** Of this start, with its file; absent where nothing had to be started. */
  readonly trace?: SavedTrace;
}

/** Brings the stack up while holding its lock, then hands it to `use` (the benchmarks), still under the lock. */
export async function up<Result>(
  options: UpOptions,
  controls: UpControls,
  use: (stack: UpStack) => Promise<Result>,
): Promise<{ readonly stack: UpStack; readonly result: Result }> {
  const wanted = await readWanted(options);
  const lock = await takeLock(wanted.folder.lock, options.command ?? "up");
  try {
    const stack = await bringUp(wanted, options, controls);
    return { stack, result: await use(stack) };
  } finally {
    await lock.release();
  }
}

/** Everything that `up` does, for a caller that holds the stack's lock. */
export async function bringUp(wanted: Wanted, options: UpOptions, controls: UpControls): Promise<UpStack> {
  const clock = stopwatch(controls.report);
  const begin = { startedAt: new Date(), zero: performance.now() };
  const { folder, stack, profile, profileReference } = wanted;
  const { runtime } = await clock.phase("runtime", () => ensureRuntime(wanted, options.provision, controls));
  const {
    engine,
    machine,
    plan: machinePlan,
  } = await clock.phase("machine", () => ensureMachine(runtime, profile, options.confirm, controls));
  await refuseForeignStack(engine, wanted);
  const { budget, sized: all } = sizeWanted(wanted, machine);
  const sized = options.only ? restrict(all, options.only) : all;
  await refuseForeignPorts(engine, wanted, sized);
  const { images, leftOut } = await clock.phase("images", () =>
    ensureImages({ wanted, sized, engine, options, controls }),
  );
  const { credentials } = await loadCredentials(folder.secrets, wanted.services);
  const desired = desire({ stack, profile, profileReference, budget, sized, images, credentials, engine: machine });
  await writeSecretFiles(folder.secrets, desired.services);
  const policy = options.images ?? profile.images;
  const files = await wholeFiles({ desired, credentials, all, engine, policy, host: wanted.host });
  const world: World = { engine, folder, credentials, files };
  const beforeStart = () => ensureCompose(wanted, engine, options.provision, controls);
  const converged = await clock.phase("services", () => converge({ world, desired, beforeStart, ...controls }));
  const common = { wanted, runtime, engine, machine, machinePlan, desired, world, images, leftOut };
  const { phases } = clock;
  const trace = await traceStart(folder.results, {
    ...converged,
    ...begin,
    wanted,
    command: options.command ?? "up",
    phases,
  });
  return { ...converged, ...common, phases, ...(trace ? { trace } : {}) };
}

/** Sizes all services of the profile for this machine. Throws BUDGET_IMPOSSIBLE or PROFILE_INVALID. */
export function sizeWanted(
  { profile, services, positionOf }: Wanted,
  machine: Pick<MachineFacts, "cpus" | "memory">,
): { readonly budget: Desired["budget"]; readonly sized: readonly SizedService[] } {
  return sizeServices({ profile, machine, services, registry, ...(positionOf ? { positionOf } : {}) });
}

/** The named services and what they require; their sizes are those of the whole profile. */
export function restrict(sized: readonly SizedService[], only: readonly string[]): readonly SizedService[] {
  const names = sized.map(({ definition }) => definition.name);
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new PlumblineError("WRONG_USAGE", {
      what: `--only names ${unknown.join(", ")}`,
      why: "The profile has no such service",
      fix: `Use some of: ${names.join(", ")}`,
    });
  }
  const wanted = new Set(only);
  for (const name of wanted) for (const required of registry.get(name)?.requires ?? []) wanted.add(required);
  return sized.filter(({ definition }) => wanted.has(definition.name));
}
