/** `verify`: proves that what runs is what the profile says, without changing anything. */
import { z } from "zod";
import { PlumblineError } from "../core/errors.ts";
import { actionText } from "../core/plan-text.ts";
import { prove } from "./converge.ts";
import { proveLimits } from "./limits.ts";
import { takeLock } from "./lock.ts";
import { lookAt, requireRunning, type SeenStack } from "./look.ts";
import { notReady } from "./ready.ts";
import { stopwatch } from "./phases.ts";
import { readWanted, type StackOptions } from "./session.ts";
import { requireEngine } from "./sight.ts";
import { byInstance } from "./targets.ts";
import type { UpControls } from "./up-options.ts";
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
      return lookAt(wanted, await requireEngine(wanted), { ...only, withoutImage: "left out" });
    });
    const proof = await clock.phase("proof", () => proveSeen(seen));
    await clock.phase("services", () => requireReady(seen));
    const plan = { actions: [], notes: [] };
    const stack: UpStack = { ...seen, plan, done: [], traces: [], interruptions: [], proof, phases: clock.phases };
    return { stack, result: await use(stack) };
  } finally {
    await lock.release();
  }
}

/** Everything that differs, of whatever kind, in one list. */
async function proveSeen(seen: SeenStack): Promise<UpStack["proof"]> {
  const { world, desired, observation, machinePlan } = seen;
  let proof: UpStack["proof"] | undefined;
  const differences = [
    ...machinePlan.actions.map((action) => `${actionText(action)}: ${action.cause}`),
    ...(await differencesIn(() => {
      proof = prove(desired, observation);
    })),
    // What does not run has no cgroup, and is in the list already.
    ...(isAllRunning(seen) ? await differencesIn(() => proveLimits(world, desired, observation.containers)) : []),
  ];
  if (proof && differences.length === 0) return proof;
  throw new PlumblineError("NOT_CONVERGED", {
    what: "The running stack is not what its profile says",
    why: differences.join("\n"),
    fix: "`npm run up` repairs it; `npm run plan` shows how",
    details: { differences },
  });
}

function isAllRunning({ desired, observation }: SeenStack): boolean {
  const containers = byInstance(observation.containers);
  return desired.services.every(({ instances }) =>
    instances.every(({ name }) => containers.get(name)?.state === "running"),
  );
}

const listed = z.object({ differences: z.array(z.string()) });

async function differencesIn(check: () => void | Promise<void>): Promise<readonly string[]> {
  try {
    await check();
    return [];
  } catch (error) {
    const parsed = error instanceof PlumblineError ? listed.safeParse(error.details) : undefined;
    if (parsed?.success) return parsed.data.differences;
    throw error;
  }
}

async function requireReady({ world, desired, observation }: SeenStack): Promise<void> {
  const reasons = await notReady(world, desired.services, observation.containers);
  if (reasons.size === 0) return;
  const names = [...reasons.keys()].join(", ");
  throw new PlumblineError("SERVICE_NOT_READY", {
    what: `${names} ${reasons.size === 1 ? "does" : "do"} not work`,
    why: [...reasons].map(([service, reason]) => `${service}: ${reason}`).join("\n"),
    fix: `Look at the log with \`npm run logs -- ${[...reasons.keys()].join(" ")}\`, then run \`npm run up\``,
    details: { services: Object.fromEntries(reasons) },
  });
}
