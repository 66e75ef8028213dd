/** From empty volumes to a stack that works: Plumbline beside Compose on the same generated file. */
import type { Report } from "../../../stack/core/progress.ts";
import type { DesiredService } from "../../../stack/core/desire/desire.ts";
import { waitsFor } from "../../../stack/core/plan/waits.ts";
import { applyPlan } from "../../../stack/converge/execute.ts";
import type { ServiceTrace } from "../../../stack/core/results/start-up-trace.ts";
import { writeHealthVariant } from "./health.ts";
import type { OwnStack } from "./own-stack.ts";
import { interleave, type Samples } from "./samples.ts";

export interface ColdSample {
  /** Until a client has logged in to every instance, as this process sees it. */
  readonly firstAnswersMs?: number;
  /** Until every service works as a whole, one-time steps included. */
  readonly worksMs: number;
  /** Until the command that starts the stack had ended. */
  readonly commandMs: number;
}

/** Docker's default is 30 s; files for long-lived servers have a minute, so that the checks cost little. */
const SLOW_INTERVAL_S = 60;
const QUICK_INTERVAL_S = 1;
/** One slow run takes more than a minute and can only show its own interval. */
const SLOW_RUNS = 1;

export const UP = ["node", "scripts/bootstrap.mjs", "scripts/up.ts", "--no-bench"] as const;

/** Leaves the stack up. */
export async function measureCold(
  own: OwnStack,
  runs: number,
  report: Report,
): Promise<readonly Samples<ColdSample>[]> {
  const quick = await writeHealthVariant(own.running, QUICK_INTERVAL_S);
  const slow = await writeHealthVariant(own.running, SLOW_INTERVAL_S);
  const { stack } = own.running.wanted;
  const sides = [
    { name: "plumbline up", run: () => plumbline(own, stack) },
    { name: "docker compose up -d", run: () => compose(own) },
    {
      name: `docker compose up -d --wait, checks every ${QUICK_INTERVAL_S} s`,
      run: () => composeWait(own, quick.file),
    },
    {
      name: `docker compose up -d --wait, checks every ${SLOW_INTERVAL_S} s`,
      rounds: SLOW_RUNS,
      run: () => composeWait(own, slow.file),
    },
  ];
  try {
    return await interleave(sides, runs, async (side, round) => {
      report({ kind: "note", text: `cold start ${round + 1} of ${runs}: ${side}` });
      await own.wipe();
    });
  } finally {
    await Promise.all([quick.remove(), slow.remove()]);
  }
}

/** The process ends when all is ready and every setting is read back: later than what the others are measured to. */
async function plumbline(own: OwnStack, stack: string): Promise<ColdSample> {
  const startedAt = performance.now();
  const started = own.command([...UP, "--stack", stack]);
  const traces = await watch(own, started, "first answers");
  const worksMs = performance.now() - startedAt;
  return { firstAnswersMs: firstAnswers(traces), worksMs, commandMs: worksMs };
}

/** The watcher does the one-time steps here, with the code that Plumbline does them with, while containers start. */
async function compose(own: OwnStack): Promise<ColdSample> {
  const startedAt = performance.now();
  let commandMs = 0;
  const started = own.compose(["up", "-d"]).then(() => {
    commandMs = performance.now() - startedAt;
    return undefined;
  });
  const traces = await watch(own, started, "everything");
  return { firstAnswersMs: firstAnswers(traces), worksMs: performance.now() - startedAt, commandMs };
}

/** As a script does it: wait until Compose says that all is healthy, then take the one-time steps. */
async function composeWait(own: OwnStack, file: string): Promise<ColdSample> {
  const startedAt = performance.now();
  await own.compose(["up", "-d", "--wait"], file);
  const commandMs = performance.now() - startedAt;
  await watch(own, Promise.resolve(), "everything");
  return { worksMs: performance.now() - startedAt, commandMs };
}

/** Plumbline's own waits as an observer: the same clients ask the same servers on every side. */
async function watch(
  { running: { world, desired }, signal }: OwnStack,
  started: Promise<unknown>,
  until: "first answers" | "everything",
): Promise<readonly ServiceTrace[]> {
  const services = until === "everything" ? desired.services : desired.services.map(withoutSteps);
  const failed = new AbortController();
  started.catch(() => failed.abort());
  const waits = applyPlan({
    world,
    desired: { ...desired, services },
    steps: waitsFor(services),
    containers: [],
    report: () => {},
    signal: AbortSignal.any([signal, failed.signal]),
    done: () => {},
    write: () => Promise.reject(new Error("a watcher writes nothing")),
  });
  const [, { traces }] = await Promise.all([started, waits]);
  return traces;
}

/** The same service, for who only connects: it is another process that does the steps. */
function withoutSteps(service: DesiredService): DesiredService {
  const { definition } = service;
  const live = async () => {
    return { ...(await definition.live()), prepare: async () => [], ready: async () => undefined };
  };
  return { ...service, definition: { ...definition, live } };
}

function firstAnswers(traces: readonly ServiceTrace[]): number {
  return Math.max(...traces.map(({ firstAnswerMs }) => firstAnswerMs));
}
