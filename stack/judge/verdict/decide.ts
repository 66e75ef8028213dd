/** Decides each scenario from the evidence on all of them. Pure. */
import type { RecordedBaseline } from "../../core/results/baseline.ts";
import type { SmokeRun } from "../../core/results/measurement.ts";
import type { Cause, Comparison, Metric, ScenarioVerdict } from "../../core/results/verdict.ts";
import { causeOf, isCountedMetric } from "../causes/bottleneck.ts";
import { clientLimitOf } from "./conditions.ts";
import { MARGIN_MAXIMUM } from "./comparison.ts";
import type { Evidence, Line } from "./evidence.ts";
import { blocksToDecide, secondsOf } from "./needed.ts";
import { logMargin } from "../stats/effect.ts";
import { holm } from "../stats/holm.ts";
import { lossText, meetsByTime, meetsByWork, undecided } from "./words.ts";

/** What all scenarios of a run share. */
interface Setting {
  readonly run: SmokeRun;
  readonly baseline: RecordedBaseline;
  readonly isAsBefore: boolean;
  /** Number of lines that may show a loss. */
  readonly family: number;
}

/**
 * `below` needs the whole interval of a line beyond its margin, after Holm's correction over the lines of all scenarios,
 * so the chance of even one false `below` is at most 2.5 % per run. `meets` needs the intervals within the margins,
 * uncorrected and at 5 %: every scenario must meet, and such an intersection–union test keeps its level.
 */
export function decide(
  all: readonly Evidence[],
  run: SmokeRun,
  baseline: RecordedBaseline,
  isAsBefore: boolean,
): readonly ScenarioVerdict[] {
  // Scenarios are at different looks. Scaling each p to the strictest look's level makes them comparable for Holm.
  const strictest = Math.min(...all.map(({ lossTail }) => lossTail));
  const family = all.flatMap(({ lines, lossTail }) =>
    lines
      .filter(({ role }) => role !== "shown")
      .map((line) => ({ line, p: excusedOf(line).p * (strictest / lossTail) })),
  );
  const adjusted = holm(family.map(({ p }) => p));
  const lost = new Set(family.filter((_, index) => (adjusted[index] ?? 1) <= strictest).map(({ line }) => line));
  const setting = { run, baseline, isAsBefore, family: family.length };
  return all.map((evidence) => {
    const worse = evidence.lines.filter((line) => lost.has(line));
    return worse.length > 0 ? below(evidence, worse, setting) : notBelow(evidence, setting);
  });
}

/**
 * A loss of time may be the client's own where the client set the pace. What an operation costs the servers is not, and
 * other load takes cpu from the client too, so the other load explains the client's limit. Where others use the machine,
 * they may also take what no control reads, so time alone shows nothing there.
 */
function below(evidence: Evidence, worse: readonly Line[], setting: Setting): ScenarioVerdict {
  const limit = newClientLimit(evidence, setting);
  const found = worse.map((line) => ({ line, cause: causeBy(line, evidence, setting) }));
  const [first] = found;
  const ofStack = found.filter(({ line, cause }) => isWork(line) || isStacksOwn(cause, evidence, setting));
  const sure = ofStack.find(({ line, cause }) => limit === undefined || isCost(line) || cause.kind === "other load");
  const head = headOf(evidence);
  if (sure === undefined) {
    const loss = first ? lossText(excusedOf(first.line)) : "slower";
    const doubt =
      ofStack.length > 0
        ? `the client may be the cause: ${limit ?? ""}`
        : "others use the machine, and an operation costs and waits no more than they explain";
    return { ...head, verdict: "inconclusive", reason: `${loss}, but ${doubt}` };
  }
  return {
    ...head,
    verdict: "below",
    decidedBy: isWork(sure.line) ? "work" : "time",
    reason: lossText(excusedOf(sure.line)),
    cause: sure.cause,
  };
}

/** Causes with a figure of the stack's own containers, which no program elsewhere changes. */
const OWN_CAUSES: ReadonlySet<Cause["kind"]> = new Set([
  "cpu limit",
  "memory limit",
  "own load",
  "disk sync",
  "network",
  "settings",
]);

/** Returns whether a loss of time is the stack's: by its cause, or because a line of work is probably worse too. */
function isStacksOwn({ kind }: Cause, { lines, explained }: Evidence, { isAsBefore }: Setting): boolean {
  const beside = !isAsBefore && explained !== undefined && explained.cores.value > 0;
  return !beside || OWN_CAUSES.has(kind) || lines.some((line) => isWork(line) && beyond(line) > 0);
}

/** Returns a distance that a `meets` may exclude in place of a smaller margin. */
type Instead = (metric: Metric) => number;

/** The margin itself. */
const FINE: Instead = () => 0;
/**
 * Every `meets` excludes a loss of a fifth, and shortest latencies that are a half longer. The profile's margin may be
 * smaller: then a scenario stays open for it, and blocks that are left make it finer.
 */
const COARSE: Instead = (metric) => logMargin(metric === "p5 latency" ? 1 / 3 : 0.2);

function notBelow(evidence: Evidence, setting: Setting): ScenarioVerdict {
  const head = headOf(evidence);
  const { lines, now } = evidence;
  const time = lines.find(({ role }) => role === "time");
  const all = lines.filter(isWork);
  const work = time !== undefined && workMayDecide(time, all, setting) ? all : [];
  const fine = time && met(evidence, { time, work }, FINE);
  if (fine !== undefined) return { ...head, ...fine };
  const needed = time && neededOf(evidence, time, work, setting);
  const open = {
    open: time !== undefined,
    ...(needed !== undefined && {
      blocksNeeded: needed,
      decidedInS: secondsOf(needed - now.blocks.length, setting.run),
    }),
  };
  const coarse = time && met(evidence, { time, work }, COARSE);
  if (coarse !== undefined) return { ...head, ...coarse, ...open };
  const worst = worstOf(lines);
  const cause = worst && causeBy(worst, evidence, setting);
  const unsure = work.filter((line) => !isAsMuch(line, FINE));
  const reason = undecided(evidence, { worst, unsure }, cause);
  return { ...head, ...open, verdict: "inconclusive", reason, ...(cause && { cause }) };
}

/** `work` are the lines that may decide; none, if they may not. */
function met(
  { explained }: Evidence,
  { time, work }: { readonly time: Line; readonly work: readonly Line[] },
  instead: Instead,
): Pick<ScenarioVerdict, "verdict" | "decidedBy" | "reason"> | undefined {
  if (isWithin(time.comparison, instead)) {
    return {
      verdict: "meets",
      decidedBy: "time",
      reason: meetsByTime(time, instead(time.comparison.metric), explained),
    };
  }
  if (work.length === 0 || !work.every((line) => isAsMuch(line, instead))) return undefined;
  return { verdict: "meets", decidedBy: "work", reason: meetsByWork(work.map(asShown), explained) };
}

/** Of a line that counts work, the ratio is no loss of time: a page read in place of none may cost next to nothing. */
function causeBy({ comparison }: Line, { now, lines }: Evidence, { run, baseline }: Setting): Cause {
  const time = lines.find(({ role }) => role === "time")?.comparison.effect.estimate ?? 0;
  const { metric, effect } = comparison;
  return causeOf({ scenario: now, loss: -(isCountedMetric(metric) ? time : effect.estimate), metric, run, baseline });
}

/** Lines without which nothing was shown to cost as much as before. */
const WORK_NEEDED = ["cpu per operation", "time held back", "p5 latency"] as const;

/**
 * Where time is too noisy to decide, work may show that nothing is lost. A wait that spares the shortest operations costs
 * no work, so the throughput must agree: on a machine as at the baseline its estimate shows no loss, and beside others,
 * where it follows whoever else runs, it at least allows that there is none.
 */
function workMayDecide(time: Line, work: readonly Line[], { isAsBefore }: Setting): boolean {
  const known = new Set<string>(work.map(({ comparison }) => comparison.metric));
  const { effect, interval, margin } = time.comparison;
  return WORK_NEEDED.every((metric) => known.has(metric)) && (isAsBefore ? effect.estimate : interval.high) >= -margin;
}

/** With a larger distance in place of the margin, the estimate must still be within the margin. */
function isWithin({ metric, effect, interval, margin }: Comparison, instead: Instead = FINE): boolean {
  return interval.low >= -Math.max(margin, instead(metric)) && effect.estimate >= -margin && margin <= MARGIN_MAXIMUM;
}

/**
 * What is counted by kernel and servers follows checkpoints and flushes, of which a minute holds few. It may show a loss,
 * and is not needed to exclude one: work that costs neither cpu nor a wait costs nobody anything. So it only must not
 * have grown, beyond the margin by its estimate and at all by its interval.
 */
function isAsMuch(line: Line, instead: Instead): boolean {
  const { comparison } = asShown(line);
  const { metric, effect, interval, margin } = comparison;
  return isCountedMetric(metric) ? effect.estimate >= -margin || interval.high >= 0 : isWithin(comparison, instead);
}

/** The line with the comparison that shows no loss, where only that without the loss of other services does. */
function asShown(line: Line): Line {
  return isWithin(line.comparison) ? line : { ...line, comparison: excusedOf(line) };
}

function isWork({ role }: Line): boolean {
  return role === "work";
}

/** Work that the servers count, whatever the client does: the shortest latencies are the client's too. */
function isCost(line: Line): boolean {
  return isWork(line) && line.comparison.metric !== "p5 latency";
}

/** The comparison that may show a loss. */
function excusedOf({ comparison, excused }: Line): Comparison {
  return excused ?? comparison;
}

/** Returns the line whose estimate is furthest beyond its margin; undefined if none is. */
function worstOf(lines: readonly Line[]): Line | undefined {
  const [worst] = lines
    .filter((line) => line.role !== "shown" && beyond(line) > 0)
    .toSorted((left, right) => beyond(right) - beyond(left));
  return worst;
}

function beyond(line: Line): number {
  const { effect, margin } = excusedOf(line);
  return -effect.estimate - margin;
}

/** Returns the number of blocks after which time decides, or all of the work does; undefined if more decide neither. */
function neededOf(
  { now, tail, lossTail }: Evidence,
  time: Line,
  work: readonly Line[],
  { family }: Setting,
): number | undefined {
  const of = (line: Line): number | undefined => {
    const { effect, margin } = line.comparison;
    return blocksToDecide(line, now.blocks.length, effect.estimate < -margin ? lossTail / family : tail);
  };
  const open = work
    .filter((line) => !isAsMuch(line, FINE))
    .map((line) => {
      const needed = [of(line), of({ ...line, comparison: excusedOf(line) })].flatMap((blocks) => blocks ?? []);
      return needed.length === 0 ? undefined : Math.min(...needed);
    });
  const byWork = open.length > 0 && open.every((needed) => needed !== undefined) ? [Math.max(...open)] : [];
  const found = [of(time) ?? [], byWork].flat();
  return found.length === 0 ? undefined : Math.min(...found);
}

function headOf({ now, lines }: Evidence) {
  return { name: now.name, comparisons: lines.map(comparisonOf), open: false };
}

function comparisonOf({ comparison, excused }: Line): Comparison {
  if (excused === undefined) return comparison;
  const { effect, interval, prediction, p } = excused;
  return { ...comparison, excused: { effect, interval, prediction, p } };
}

/**
 * Returns the client limit if the client set the pace in this run but not in the baseline: the loss may be the client's
 * own. If it did in both, the same client became slower as a whole, and the slowdown includes what the machine
 * explains.
 */
function newClientLimit({ now, runs }: Evidence, { run, baseline }: Setting): string | undefined {
  const before = baseline.runs[0]?.calibration;
  const limit = clientLimitOf(now, run.calibration);
  return runs.every((scenario) => clientLimitOf(scenario, before) !== undefined) ? undefined : limit;
}
