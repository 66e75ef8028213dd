/** From empty volumes to a working stack: Plumbline compared with Compose on the same generated file. */
import type { Report } from "../../../stack/core/progress.ts";
import type { DesiredService } from "../../../stack/core/desire/desire.ts";
import { waitsFor } from "../../../stack/core/plan/waits.ts";
import { applyPlan } from "../../../stack/converge/execute.ts";
import type { ServiceTrace } from "../../../stack/core/results/start-up-trace.ts";
import { writeHealthVariant } from "./health.ts";
import type { OwnStack } from "./own-stack.ts";
import { interleave, type Samples } from "./samples.ts";

export interface ColdSample {
  /** Until a client has logged in to every instance, as seen by this process. */
  readonly firstAnswersMs?: number;
  /** Until every service works as a whole, including one-time steps. */
  readonly worksMs: number;
  /** Until the command that starts the stack has ended. */
  readonly commandMs: number;
}

/** Docker's default is 30 s; files for long-running servers use a minute, so that the checks cost little. */
const SLOW_INTERVAL_S = 60;
const QUICK_INTERVAL_S = 1;
/** A slow run takes more than a minute and only shows its own interval. */
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

/** The process ends when everything is ready and every setting is read back, which is later than the others' end. */
async function plumbline(own: OwnStack, stack: string): Promise<ColdSample> {
  const startedAt = performance.now();
  const started = own.command([...UP, "--stack", stack]);
  const traces = await watch(own, started, "first answers");
  const worksMs = performance.now() - startedAt;
  return { firstAnswersMs: firstAnswers(traces), worksMs, commandMs: worksMs };
}

/** The watcher executes the one-time steps while containers start, with Plumbline's code. */
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

/** As in a script: waits until Compose reports everything healthy, then executes the one-time steps. */
async function composeWait(own: OwnStack, file: string): Promise<ColdSample> {
  const startedAt = performance.now();
  await own.compose(["up", "-d", "--wait"], file);
  const commandMs = performance.now() - startedAt;
  await watch(own, Promise.resolve(), "everything");
  return { worksMs: performance.now() - startedAt, commandMs };
}

/** Uses Plumbline's own waits as an observer: the same clients ask the same servers on every side. */
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

/** Returns the service without its one-time steps, for a process that only connects: another one executes them. */
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
