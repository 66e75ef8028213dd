/** What the verdicts on a harmed stack were, for one fault in one service beside one company. Pure. */
import type { CompanyName } from "../company/company.ts";
import { faults, type FaultName } from "../faults/faults.ts";
import type { Judged, Sample } from "../samples.ts";
import { isBelow, isDecided } from "./clean.ts";
import { trueEffects, worstLoss, type TrueEffect } from "./effects.ts";
import { proportion, type Proportion } from "./proportion.ts";

export interface HarmedRow {
  readonly fault: FaultName;
  readonly title: string;
  readonly service: string;
  readonly company: CompanyName;
  /** What the last run's fault did. */
  readonly detail: string;
  readonly effects: readonly TrueEffect[];
  /** The scenario that loses most, and its loss; undefined if no run without the fault was made beside this company. */
  readonly worst: { readonly scenario: string; readonly loss: number } | undefined;
  /** False if the true effect on every scenario is within the margin: then nothing is to be found. */
  readonly claimed: boolean | undefined;
  readonly decided: Proportion;
  /** Runs in which a harmed scenario is below or failed; without a known effect, any scenario. */
  readonly below: Proportion;
  /** The same by scenario. */
  readonly belowHarmed: Proportion;
  /** Scenarios that lose nothing, and are said to be below. */
  readonly falseElsewhere: Proportion;
  /** Of the runs that are below, those whose worst scenario has a right cause. */
  readonly named: Proportion;
  /** What was said instead: "3 × below, cpu limit". */
  readonly others: readonly string[];
}

/** `clean`: the runs without a fault, beside the same company. `margin`: loss as a fraction that still counts as none. */
export function harmedRow(samples: readonly Sample[], clean: readonly Sample[], margin: number): HarmedRow | undefined {
  const last = samples.at(-1);
  if (last?.fault === undefined || last.service === undefined) return undefined;
  const { fault, service, company, detail } = last;
  const effects = trueEffects(samples, clean);
  const known = effects.flatMap((effect) => {
    const loss = worstLoss(effect);
    return loss === undefined ? [] : [{ scenario: effect.scenario, loss }];
  });
  const worst = known.toSorted((left, right) => right.loss - left.loss)[0];
  const losing = new Set(known.filter(({ loss }) => loss > margin).map(({ scenario }) => scenario));
  const counts = (scenario: string) => losing.size === 0 || losing.has(scenario);
  const judgedIn = (sample: Sample) => Object.entries(sample.scenarios).filter(([scenario]) => counts(scenario));
  const all = samples.flatMap(({ scenarios }) => Object.entries(scenarios));
  const found = samples.filter((sample) => judgedIn(sample).some(([, judged]) => isBelow(judged)));
  const isRight = (sample: Sample) => isRightFor(fault, worstOf(judgedIn(sample)));
  const harmed = all.filter(([scenario]) => losing.has(scenario));
  const elsewhere = all.filter(([scenario]) => losing.size > 0 && !losing.has(scenario));
  const belowAmong = (some: typeof all) => proportion(some.filter(([, judged]) => isBelow(judged)).length, some.length);
  return {
    fault,
    title: faults[fault].title,
    service,
    company,
    detail,
    effects,
    worst,
    claimed: worst === undefined ? undefined : losing.size > 0,
    decided: proportion(all.filter(([, judged]) => isDecided(judged)).length, all.length),
    below: proportion(found.length, samples.length),
    belowHarmed: belowAmong(harmed),
    falseElsewhere: belowAmong(elsewhere),
    named: proportion(found.filter(isRight).length, found.length),
    others: tally(samples.filter((sample) => !found.includes(sample) || !isRight(sample)).map(said)),
  };
  function said(sample: Sample): string {
    const cause = worstOf(judgedIn(sample))?.cause;
    return cause === undefined ? sample.verdict : `${sample.verdict}, ${cause}`;
  }
}

function isRightFor(fault: FaultName, judged: Judged | undefined): boolean {
  return judged?.cause !== undefined && faults[fault].causes.includes(judged.cause);
}

/** Returns a failed scenario, or else the one of those below that lost most, in any metric. */
function worstOf(judged: readonly (readonly [string, Judged])[]): Judged | undefined {
  const all = judged.map(([, each]) => each);
  const failed = all.find(({ verdict, cause }) => verdict === "failed" && cause !== undefined);
  return failed ?? all.filter(isBelow).toSorted((left, right) => lost(left) - lost(right))[0];
}

/** Returns how far the worst metric is beyond its margin: the more negative, the worse. */
function lost({ comparisons }: Judged): number {
  return Math.min(...Object.values(comparisons).map(({ estimate, margin }) => estimate + margin));
}

/** Returns how often each word occurs: "3 × meets". */
function tally(words: readonly string[]): readonly string[] {
  return [...new Set(words)].map((word) => `${words.filter((each) => each === word).length} × ${word}`);
}
