/** The result of `bench:detection` as a document and as text. */
import { mean } from "simple-statistics";
import { logRatio, lossOf } from "../../../stack/judge/stats/effect.ts";
import { studentQuantile } from "../../../stack/judge/stats/student.ts";
import { table } from "../../../stack/report/text/table.ts";
import type { Detection } from "./experiment.ts";
import { faults, FAULTS, type FaultName } from "./faults.ts";
import { proportion, type Proportion } from "./proportion.ts";
import type { Sample } from "./samples.ts";

/**
 * The claims: if the true effect is over 30 %, the verdict is `below` (or `failed` if nothing works) and names the
 * cause; without a fault there is no `below`.
 */
const EFFECT = 0.3;
const BELOW_LEAST = 0.95;
const CAUSE_LEAST = 0.9;
const CLEAN_MOST = 0.02;

/** Loss of throughput as a fraction; negative for a gain. */
export interface TrueEffect {
  readonly scenario: string;
  readonly loss: number;
  readonly low: number;
  readonly high: number;
}

export interface FaultRow {
  readonly fault: FaultName;
  readonly title: string;
  /** Effect on the scenario that the fault harms most, compared with all runs of the same stack without a fault. */
  readonly effect: TrueEffect | undefined;
  /** Runs with the verdict `below` or `failed`. */
  readonly below: Proportion;
  /** Of these, the runs that named the cause. */
  readonly named: Proportion;
  readonly others: readonly string[];
}

export interface Claim {
  readonly text: string;
  readonly counted: Proportion;
  /** Undefined if nothing was counted. */
  readonly holds: boolean | undefined;
}

export function detectionDocument({ samples, conditions }: Detection) {
  const rows = FAULTS.filter((fault) => samples.some(({ kind }) => kind === fault)).map((fault) => row(fault, samples));
  const harmful = rows.filter(({ effect }) => effect !== undefined && effect.loss > EFFECT);
  const clean = samples.filter(({ kind }) => kind === "clean");
  const claims: readonly Claim[] = [
    atLeast(
      `below or failed where the true effect is over ${EFFECT * 100} %`,
      total(harmful.map(({ below }) => below)),
      BELOW_LEAST,
    ),
    atLeast("the right cause there", total(harmful.map(({ named }) => named)), CAUSE_LEAST),
    atMost("below or failed where nothing is wrong", belowOf(clean), CLEAN_MOST),
  ];
  return {
    ok: claims.every(({ holds }) => holds !== false),
    command: "bench:detection",
    conditions,
    faults: rows,
    clean: { below: belowOf(clean), verdicts: tally(clean.map(({ verdict }) => verdict)) },
    claims,
    samples,
  };
}

function row(fault: FaultName, samples: readonly Sample[]): FaultRow {
  const with_ = samples.filter(({ kind }) => kind === fault);
  const below = with_.filter(isFound);
  const right = below.filter(({ cause }) => cause === faults[fault].cause);
  const wrong = with_.filter((sample) => !right.includes(sample));
  return {
    fault,
    title: faults[fault].title,
    effect: trueEffect(with_, samples),
    below: belowOf(with_),
    named: proportion(right.length, below.length),
    others: tally(wrong.map(({ verdict, cause }) => (cause === undefined ? verdict : `${verdict}, ${cause}`))),
  };
}

/**
 * Compares all runs with the fault with all runs without one on the same stack, made in between. This is far more data
 * than any single run has, and the runs' verdicts play no part in it.
 */
function trueEffect(harmed: readonly Sample[], all: readonly Sample[]): TrueEffect | undefined {
  const failed = harmed.filter(({ throughput }) => Object.keys(throughput).length === 0);
  if (2 * failed.length > harmed.length) return { scenario: "every scenario", loss: 1, low: 1, high: 1 };
  const scenarios = [...new Set(harmed.flatMap(({ throughput }) => Object.keys(throughput)))];
  const effects = scenarios.flatMap((scenario) => effectOn(scenario, harmed, all) ?? []);
  return effects.toSorted((left, right) => right.loss - left.loss)[0];
}

function effectOn(scenario: string, harmed: readonly Sample[], all: readonly Sample[]): TrueEffect | undefined {
  const usual = new Map<string, number>();
  for (const slice of new Set(all.map((sample) => sample.slice))) {
    const values = rates(
      scenario,
      all.filter((sample) => sample.slice === slice && isHealthy(sample)),
    );
    if (values.length > 0) usual.set(slice, Math.exp(mean(values.map(Math.log))));
  }
  const relative = (samples: readonly Sample[]) =>
    samples.flatMap((sample) => {
      const [rate, expected] = [sample.throughput[scenario], usual.get(sample.slice)];
      return rate === undefined || expected === undefined ? [] : [rate / expected];
    });
  const [now, before] = [relative(harmed), relative(all.filter(isHealthy))];
  if (now.length < 2 || before.length < 2) return undefined;
  const { estimate, standardError, df } = logRatio(now, before, "more is better");
  const half = standardError * studentQuantile(0.025, df);
  return { scenario, loss: lossOf(-estimate), low: lossOf(-estimate - half), high: lossOf(-estimate + half) };
}

function isHealthy({ kind }: Sample): boolean {
  return kind === "clean" || kind === "baseline";
}

function rates(scenario: string, samples: readonly Sample[]): readonly number[] {
  return samples.flatMap(({ throughput }) => throughput[scenario] ?? []);
}

function belowOf(samples: readonly Sample[]): Proportion {
  return proportion(samples.filter(isFound).length, samples.length);
}

function isFound({ verdict }: Sample): boolean {
  return verdict === "below" || verdict === "failed";
}

function total(parts: readonly Proportion[]): Proportion {
  const sum = (read: (part: Proportion) => number) => parts.reduce((all, part) => all + read(part), 0);
  return proportion(
    sum(({ successes }) => successes),
    sum(({ trials }) => trials),
  );
}

function atLeast(text: string, counted: Proportion, least: number): Claim {
  const holds = counted.share === undefined ? undefined : counted.share >= least;
  return { text: `${text}: at least ${least * 100} %`, counted, holds };
}

function atMost(text: string, counted: Proportion, most: number): Claim {
  const holds = counted.share === undefined ? undefined : counted.share <= most;
  return { text: `${text}: at most ${most * 100} %`, counted, holds };
}

/** Returns how often each word occurs: "3 × meets". */
function tally(words: readonly string[]): readonly string[] {
  return [...new Set(words)].map((word) => `${words.filter((each) => each === word).length} × ${word}`);
}

export function detectionText({
  conditions,
  faults: rows,
  clean,
  claims,
}: ReturnType<typeof detectionDocument>): string {
  const head = ["fault", "true effect [95 %]", "on", "below or failed", "right cause", "else"];
  const lines = rows.map(({ fault, effect, below, named, others }) => [
    fault,
    effect === undefined
      ? "not known"
      : `${-percent(effect.loss)} % [${-percent(effect.high)}, ${-percent(effect.low)}]`,
    effect?.scenario ?? "-",
    counted(below),
    counted(named),
    others.join("; ") || "-",
  ]);
  const last = ["none", "-", "-", counted(clean.below), "-", clean.verdicts.join("; ") || "-"];
  const said = claims.map(({ text, counted: found, holds }) => {
    const word = holds === undefined ? "not counted" : holds ? "holds" : "does not hold";
    return `${word}: ${text}: ${counted(found)}`;
  });
  const { service, budgetS, machine } = conditions;
  const where = `${service}, ${budgetS} s a run, ${machine}. Shares with their exact intervals of 95 % (Clopper and Pearson).`;
  return [table([head, ...lines, last]), said.join("\n"), where].join("\n\n");
}

function counted({ successes, trials, low, high }: Proportion): string {
  return trials === 0 ? "-" : `${successes} of ${trials} [${percent(low)} .. ${percent(high)} %]`;
}

function percent(share: number): number {
  return Math.round(share * 1000) / 10;
}
