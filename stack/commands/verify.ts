/** `verify`: proves that the running stack equals its profile. Changes nothing. */
import { PlumblineError } from "../core/errors.ts";
import type { Verified } from "../core/results/commands/up.ts";
import { lookAtRouting, routingNotes } from "../converge/direct-routing.ts";
import { unlessAborted } from "../converge/execution/unless-aborted.ts";
import { takeLock } from "../host/lock.ts";
import { differencesOf, withoutBudget } from "./request/differences.ts";
import { howToKeep, machineChange } from "./request/machine-change.ts";
import { requireEngine } from "./request/discovery.ts";
import { observeWanted, requireRunning, type ObservedStack } from "./request/observed-stack.ts";
import { stopwatch } from "./request/phases.ts";
import { readWanted, type StackOptions, type Wanted } from "./request/request.ts";
import { provedOf, type RunningStack, type Used } from "./request/running-stack.ts";
import type { UpControls } from "./request/up-options.ts";

export interface VerifyOptions extends StackOptions {
  /** Only these services, and what they require. */
  readonly only?: readonly string[];
}

/**
 * Observes machine, files, containers, settings and limits, asks every service, then passes the stack to `use` (the
 * benchmarks), under its lock. Throws STACK_DOWN, NOT_CONVERGED with every difference, SERVICE_NOT_READY.
 */
export async function verify<Use>(
  options: VerifyOptions,
  { report, signal }: Pick<UpControls, "report" | "signal">,
  use: (running: RunningStack) => Promise<Use>,
): Promise<Used<Verified, Use>> {
  const wanted = await readWanted(options);
  const running = requireEngine(wanted).then((found) => requireRunning(wanted, found, machineChange));
  await unlessAborted(running, signal);
  const lock = await takeLock(wanted.folder.lock, "verify");
  try {
    const clock = stopwatch(report);
    const observed = await clock.phase("look", () => unlessAborted(observe(wanted, options), signal));
    const proof = await clock.phase("proof", () => unlessAborted(prove(observed), signal));
    await clock.phase("services", async () => requireReady(observed));
    const { leftOut, machinePlan, runtime, machine, world } = observed;
    const place = { engine: world.engine, runtime, facts: machine, stack: wanted.stack };
    const evidence = {
      leftOut,
      machineNotes: [...machinePlan.notes, ...routingNotes(await unlessAborted(lookAtRouting(place), signal))],
      proof,
      limitsFrom: "kernel",
      phases: clock.phases,
    } as const;
    return { result: provedOf(observed, evidence), used: await use(observed) };
  } finally {
    await lock.release();
  }
}

async function observe(wanted: Wanted, { only }: VerifyOptions): Promise<ObservedStack> {
  const found = await requireEngine(wanted);
  try {
    return await observeWanted(wanted, found, { ...(only ? { only } : {}), withoutImage: "left out" });
  } catch (error) {
    throw await withoutBudget(error, wanted, found);
  }
}

async function prove(observed: ObservedStack) {
  const { proof, differences } = await differencesOf(observed);
  if (proof && differences.length === 0) return proof;
  const keep = observed.machinePlan.actions.length === 0 ? undefined : howToKeep(observed.wanted, observed.state);
  throw new PlumblineError("NOT_CONVERGED", {
    what: "The running stack is not what its profile says",
    why: differences.join("\n"),
    fix: ["`npm run up` repairs it; `npm run plan` shows how", ...(keep === undefined ? [] : [keep])].join("\n"),
    details: { differences },
  });
}

function requireReady({ observation: { unready: reasons } }: ObservedStack): void {
  if (reasons.size === 0) return;
  const names = [...reasons.keys()].join(", ");
  throw new PlumblineError("SERVICE_NOT_READY", {
    what: `${names} ${reasons.size === 1 ? "does" : "do"} not work`,
    why: [...reasons].map(([service, reason]) => `${service}: ${reason}`).join("\n"),
    fix: `Look at the log with \`npm run logs -- ${[...reasons.keys()].join(" ")}\`, then run \`npm run up\``,
    details: { services: Object.fromEntries(reasons) },
  });
}
