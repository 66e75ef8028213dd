/** `up`: brings a stack up from a profile, and proves it. */
import { renewRules, routingNotes } from "../converge/direct-routing.ts";
import { projectName } from "../core/stack-names.ts";
import { converge, type Converged } from "../converge/converge.ts";
import { PlumblineError } from "../core/errors.ts";
import type { Engine } from "../core/machine/engine.ts";
import type { Runtime } from "../core/machine/runtime.ts";
import type { Plan } from "../core/plan/action.ts";
import type { BroughtUp } from "../core/results/commands/up.ts";
import type { ServiceTrace } from "../core/results/start-up-trace.ts";
import { unlessAborted } from "../converge/execution/unless-aborted.ts";
import { interrupted } from "../host/deadline.ts";
import { takeLock } from "../host/lock.ts";
import { lockPath } from "../images/lock.ts";
import { traceStart, type SavedTrace } from "../records/trace.ts";
import { askForAnotherClone } from "./request/another-clone.ts";
import { refuseOtherVersions } from "./volumes/versions.ts";
import { desiredStack, type DesiredStack, type ImageSource } from "./request/desired.ts";
import { ensureImages, type EnsuredImages } from "./request/ensure-images.ts";
import { ensurePorts } from "./request/free-ports.ts";
import { ensureMachine, type RunningMachine } from "./request/ensure-machine.ts";
import { ensureDeployer, ensureRuntime } from "./request/ensure-runtime.ts";
import { refuseForeignStack } from "./request/foreign.ts";
import { imagesInEngine } from "./request/image-sources.ts";
import { refuseMisfits } from "./request/observed-stack.ts";
import { stopwatch, type Stopwatch } from "./request/phases.ts";
import { unserved, noteProved } from "./volumes/lost.ts";
import { readWanted, type Wanted } from "./request/request.ts";
import { provedOf, type RunningStack, type Used } from "./request/running-stack.ts";
import type { UpControls, UpOptions } from "./request/up-options.ts";

/** Brings the stack up while holding its lock, then passes it to `use` (the benchmarks), still under the lock. */
export async function up<Use>(
  options: UpOptions,
  controls: UpControls,
  use: (running: RunningStack) => Promise<Use>,
): Promise<Used<BroughtUp, Use>> {
  const wanted = await readWanted(options);
  const lock = await takeLock(wanted.folder.lock, options.command ?? "up");
  try {
    const { running, result } = await bringUp(wanted, options, controls);
    return { result, used: await use(running) };
  } finally {
    await lock.release();
  }
}

export interface Brought {
  readonly running: RunningStack;
  readonly result: BroughtUp;
  /** What the machine cannot provide, and what a reader must know about it. */
  readonly machinePlan: Plan;
}

/** Carries out `up` for a caller that holds the stack's lock. */
export async function bringUp(wanted: Wanted, options: UpOptions, controls: UpControls): Promise<Brought> {
  const clock = stopwatch(controls.report);
  const begun = { clock, startedAt: new Date(), zero: performance.now() };
  const { runtime } = await clock.phase("runtime", () => ensureRuntime(wanted, options.provision, controls));
  const { images, only } = options;
  const asked = { ...(images ? { images } : {}), ...(only ? { only } : {}) };
  const made = await clock.phase("machine", async () => {
    const refuse = async (state: RunningMachine) =>
      refuseMisfits(wanted, { kind: "engine", runtime, state, engine: await runtime.engine() }, asked);
    return ensureMachine(runtime, wanted.profile, options.confirm, controls, refuse);
  });
  try {
    return await bringUpOn({ ...made, ...begun, runtime }, wanted, options, controls);
  } catch (error) {
    throw controls.signal.aborted && runtime.features.machine ? runsOn(error, controls.signal) : error;
  }
}

/** An interrupted run says that the machine, which it has made or found, runs on. */
function runsOn(error: unknown, signal: AbortSignal): PlumblineError {
  const { what, why, fix, details } =
    error instanceof PlumblineError && error.code === "INTERRUPTED" ? error : interrupted(signal);
  const machine = "the machine runs on, with what was started in it: `npm run down -- --machine` stops both";
  return new PlumblineError("INTERRUPTED", { what, why: `${why}; ${machine}`, fix, details, cause: error });
}

interface OnMachine extends Awaited<ReturnType<typeof ensureMachine>> {
  readonly runtime: Runtime;
  readonly clock: Stopwatch;
  readonly startedAt: Date;
  readonly zero: number;
}

async function bringUpOn(
  { engine, machine, plan, runtime, clock, ...begin }: OnMachine,
  wanted: Wanted,
  options: UpOptions,
  controls: UpControls,
): Promise<Brought> {
  await unlessAborted(refuseForeignStack(engine, wanted), controls.signal);
  const asked = askForAnotherClone(engine, wanted, { verb: "Change", confirm: options.confirm });
  await unlessAborted(asked, controls.signal);
  await engine.forgetLostVolumes(projectName(wanted.stack));
  const obtaining = obtained({ wanted, runtime, engine, options, controls, clock });
  const { desired, files, credentials, leftOut } = await desiredStack(wanted, {
    machine,
    only: options.only,
    images: obtaining.source,
    credentials: "make",
    render: runtime.deploy.render,
  });
  await unlessAborted(refuseOtherVersions(engine, desired, lockPath(wanted.host.env)), controls.signal);
  await obtaining.noteEditions();
  const world = { engine, runtime, folder: wanted.folder, credentials, files };
  const lost = await unlessAborted(unserved(engine, desired, wanted.folder), controls.signal);
  for (const text of lost) controls.report({ kind: "warning", text });
  const beforeStart = () => ensureDeployer(wanted, runtime, options.provision, controls);
  const converged = await clock.phase("services", () => converge({ world, desired, beforeStart, ...controls }));
  await noteProved(desired, wanted.folder);
  const routing = await unlessAborted(
    renewRules({ engine, runtime, facts: machine, stack: wanted.stack }),
    controls.signal,
  );
  const machineNotes = [...plan.notes, ...routingNotes(routing)];
  const { phases } = clock;
  const start = { ...converged, ...begin, wanted, command: options.command ?? "up", phases };
  const trace = await traceStart(wanted.folder.results, start);
  const { observation } = converged;
  const running = { wanted, runtime, machine, desired, world, observation, ...(trace ? { trace } : {}) };
  return {
    running,
    result: resultOf(running, { converged, machinePlan: plan, machineNotes, leftOut, lost, phases, trace }),
    machinePlan: plan,
  };
}

interface Obtaining {
  readonly wanted: Wanted;
  readonly runtime: Runtime;
  readonly engine: Engine;
  readonly options: UpOptions;
  readonly controls: UpControls;
  readonly clock: Stopwatch;
}

/**
 * Pulls or builds the images that the command concerns, after checking that its ports are free. `noteEditions` does what
 * that of `ensureImages` does.
 */
function obtained({ wanted, runtime, engine, options, controls, clock }: Obtaining): {
  readonly source: ImageSource;
  readonly noteEditions: () => Promise<void>;
} {
  const policy = options.images ?? wanted.profile.images;
  let ensured: EnsuredImages | undefined;
  const source: ImageSource = {
    renews: options.refresh === true,
    wanted: async (sized) => {
      await unlessAborted(ensurePorts({ engine, runtime }, wanted, sized, controls), controls.signal);
      ensured = await clock.phase("images", () => ensureImages({ wanted, sized, engine, options, controls }));
      return ensured;
    },
    others: (sized) =>
      unlessAborted(imagesInEngine(sized, { engine, policy, host: wanted.host, stack: wanted.stack }), controls.signal),
  };
  return { source, noteEditions: async () => ensured?.noteEditions() };
}

interface Done extends Pick<DesiredStack, "leftOut"> {
  readonly converged: Converged;
  readonly machinePlan: Plan;
  readonly machineNotes: readonly string[];
  /** What of the services' data is lost, or not served. */
  readonly lost: readonly string[];
  readonly phases: BroughtUp["phases"];
  readonly trace: SavedTrace | undefined;
}

function resultOf(running: RunningStack, done: Done): BroughtUp {
  const { converged, machinePlan, machineNotes, leftOut, lost, phases, trace } = done;
  const { plan, traces, interruptions } = converged;
  const proof = { ...converged.proof, notes: [...lost, ...converged.proof.notes] };
  const limitsFrom = plan.actions.length === 0 ? "engine" : "kernel";
  return {
    ...provedOf(running, { leftOut, machineNotes, proof, limitsFrom, phases }),
    actions: [...machinePlan.actions, ...plan.actions],
    starts: traces.map(startOf),
    interruptions,
    ...(trace ? { traceFile: trace.path } : {}),
  };
}

/**
 * Times count from the start of the wait; its value on this process's clock is dropped, because readers cannot use it.
 */
function startOf({ waitStartedAt: _waitStartedAt, ...times }: ServiceTrace): BroughtUp["starts"][number] {
  return times;
}
