/** `verify`: proves that what runs is what the profile says, without changing anything. */
import { PlumblineError } from "../core/errors.ts";
import { differencesOf, withoutBudget } from "./request/differences.ts";
import { takeLock } from "../host/lock.ts";
import { lookAt, requireRunning, type SeenStack } from "./request/look.ts";
import { stopwatch } from "./request/phases.ts";
import { readWanted, type StackOptions } from "./request/request.ts";
import { requireEngine } from "./request/discovery.ts";
import type { UpControls } from "./request/up-options.ts";
import type { UpStack } from "./up.ts";

export interface VerifyOptions extends StackOptions {
  /** Only these services, and what they require. */
  readonly only?: readonly string[];
}

/**
 * Looks at machine, files, containers, settings and limits, asks every service, then hands the stack to `use` (the
 * benchmarks), under its lock. Rejects with STACK_DOWN, NOT_CONVERGED and every difference, SERVICE_NOT_READY.
 */
export async function verify<Result>(
  options: VerifyOptions,
  { report }: Pick<UpControls, "report">,
  use: (stack: UpStack) => Promise<Result>,
): Promise<{ readonly stack: UpStack; readonly result: Result }> {
  const wanted = await readWanted(options);
  await requireRunning(wanted, await requireEngine(wanted));
  const lock = await takeLock(wanted.folder.lock, "verify");
  try {
    const clock = stopwatch(report);
    const only = options.only ? { only: options.only } : {};
    const seen = await clock.phase("look", async () => {
      const sight = await requireEngine(wanted);
      try {
        return await lookAt(wanted, sight, { ...only, withoutImage: "left out" });
      } catch (error) {
        throw await withoutBudget(error, wanted, sight);
      }
    });
    const proof = await clock.phase("proof", () => proveSeen(seen));
    await clock.phase("services", async () => requireReady(seen));
    const plan = { actions: [], notes: [] };
    const nothing = { plan, done: [], traces: [], interruptions: [] };
    const stack: UpStack = { ...seen, ...nothing, proof, phases: clock.phases };
    return { stack, result: await use(stack) };
  } finally {
    await lock.release();
  }
}

async function proveSeen(seen: SeenStack): Promise<UpStack["proof"]> {
  const { proof, differences } = await differencesOf(seen);
  if (proof && differences.length === 0) return proof;
  const resize = seen.machinePlan.actions.length === 0 ? "" : "; to keep the machine as it is, change the profile's";
  throw new PlumblineError("NOT_CONVERGED", {
    what: "The running stack is not what its profile says",
    why: differences.join("\n"),
    fix: `\`npm run up\` repairs it; \`npm run plan\` shows how${resize}`,
    details: { differences },
  });
}

function requireReady({ observation: { unready: reasons } }: SeenStack): void {
  if (reasons.size === 0) return;
  const names = [...reasons.keys()].join(", ");
  throw new PlumblineError("SERVICE_NOT_READY", {
    what: `${names} ${reasons.size === 1 ? "does" : "do"} not work`,
    why: [...reasons].map(([service, reason]) => `${service}: ${reason}`).join("\n"),
    fix: `Look at the log with \`npm run logs -- ${[...reasons.keys()].join(" ")}\`, then run \`npm run up\``,
    details: { services: Object.fromEntries(reasons) },
  });
}
