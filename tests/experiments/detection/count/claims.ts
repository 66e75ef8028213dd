/** The claims that the experiment checks. Each can fail, and then the command does. Pure. */
import { median } from "simple-statistics";
import { BAR_CAUSES, type Bar, type BarStep } from "../bar-document.ts";
import type { CompanyName } from "../company/company.ts";
import type { CleanRow } from "./clean.ts";
import type { HarmedRow } from "./harmed.ts";
import { proportion, type Proportion } from "./proportion.ts";
import type { SpreadRow } from "./spread.ts";
import { countedText } from "./words.ts";

export interface Claim {
  readonly text: string;
  /** The figure that is claimed: "29 of 30 [82.8 .. 99.9 %]". */
  readonly found: string;
  /** Undefined if nothing was counted. */
  readonly holds: boolean | undefined;
}

const DECIDED_LEAST = 0.9;
const FALSE_MOST = 0.02;
const BELOW_LEAST = 0.9;
const CAUSE_LEAST = 0.85;
const EXCLUDED = 0.2;
/** With that much time, smaller losses are excluded. */
const LONG_S = 180;
const EXCLUDED_LONG = 0.1;
/** Controls that explain nothing may cost this much of the standard deviation, which is an estimate itself. */
const COST_MOST = 1.1;

/** The quiet machine. `untilDecidedS` as given on the command line. */
export function quietClaims({ scenarios, allDecided }: CleanRow, untilDecidedS: number | undefined): readonly Claim[] {
  const worst = scenarios.map(({ decided }) => decided).toSorted((a, b) => (a.share ?? 1) - (b.share ?? 1))[0];
  const limit = (untilDecidedS ?? 0) >= LONG_S ? EXCLUDED_LONG : EXCLUDED;
  const excluded = scenarios.flatMap((scenario) => scenario.excluded);
  const small = proportion(excluded.filter((loss) => loss <= limit).length, excluded.length);
  return [
    atLeast("quiet: every scenario is decided (the worst of them)", worst ?? proportion(0, 0), DECIDED_LEAST),
    atLeast("quiet: all scenarios of a run are decided", allDecided, DECIDED_LEAST),
    atLeast(`quiet: a \`meets\` excludes a loss of ${percent(limit)}`, small, DECIDED_LEAST),
  ];
}

export function companyClaims(company: CompanyName, { decided, falseRuns }: CleanRow): readonly Claim[] {
  return [
    atLeast(`clean, beside ${company}: scenarios are decided`, decided, DECIDED_LEAST),
    atMost(`clean, beside ${company}: runs with a false \`below\``, falseRuns, FALSE_MOST),
  ];
}

/** Nothing is claimed for a fault whose true effect is within the margin, or not known. */
export function harmedClaims({ fault, service, company, claimed, below, named }: HarmedRow): readonly Claim[] {
  const where = `${fault} in ${service}, beside ${company}`;
  const none = proportion(0, 0);
  return [
    atLeast(`${where}: below`, claimed ? below : none, BELOW_LEAST),
    atLeast(`${where}: the right cause`, claimed ? named : none, CAUSE_LEAST),
  ];
}

/** Alone, the residual varies no more than throughput itself; beside others it varies less. Medians over scenarios. */
export function spreadClaims(alone: readonly SpreadRow[], together: readonly SpreadRow[]): readonly Claim[] {
  return [
    ratioClaim("alone, the residual of throughput varies as throughput does", alone, COST_MOST),
    ratioClaim("beside others, it varies less", together, 1),
  ];
}

function ratioClaim(text: string, rows: readonly SpreadRow[], most: number): Claim {
  const ratios = rows.flatMap(({ throughput, residual }) => (throughput && residual ? [residual / throughput] : []));
  const ratio = ratios.length === 0 ? undefined : median(ratios);
  return {
    text: `${text}: at most ${most} times`,
    found: ratio === undefined ? "-" : `${ratio.toFixed(2)} times`,
    holds: ratio === undefined ? undefined : ratio <= most,
  };
}

export function barClaims({ clean, harmed }: Bar): readonly Claim[] {
  return [
    {
      text: "bar: a clean stack exits with 0, and is decided",
      found: stepFound(clean),
      holds: clean.exitCode === 0 && clean.decided === clean.scenarios,
    },
    {
      text: "bar: with busy loops inside a container it exits with 3",
      found: stepFound(harmed),
      holds: harmed.exitCode === 3,
    },
    {
      text: `bar: it names the cause: ${BAR_CAUSES.join(" or ")}`,
      found: stepFound(harmed),
      holds: harmed.causes.some((cause) => BAR_CAUSES.includes(cause)),
    },
  ];
}

function stepFound({ exitCode, decided, scenarios, causes }: BarStep): string {
  return [`exit ${exitCode}`, `${decided} of ${scenarios} decided`, ...causes].join(", ");
}

function atLeast(text: string, counted: Proportion, least: number): Claim {
  const holds = counted.share === undefined ? undefined : counted.share >= least;
  return { text: `${text}: at least ${percent(least)}`, found: countedText(counted), holds };
}

function atMost(text: string, counted: Proportion, most: number): Claim {
  const holds = counted.share === undefined ? undefined : counted.share <= most;
  return { text: `${text}: at most ${percent(most)}`, found: countedText(counted), holds };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
