/** The result of `bench:self` as a document and as text. */
import { availableParallelism, loadavg } from "node:os";
import { table } from "../../../stack/report/text/table.ts";
import { formatDurationMs } from "../../../stack/core/units.ts";
import type { ColdSample } from "./cold.ts";
import { growth, type PlanningCost } from "./planning.ts";
import { ratio, summarise, type Samples, type Summary } from "./samples.ts";

export interface Measurements {
  readonly profile: string;
  readonly engineVersion: string | undefined;
  readonly composeVersion: string | undefined;
  /** Load averages of one minute, before and after. */
  readonly load: readonly [before: number, after: number];
  readonly cold: readonly Samples<ColdSample>[];
  readonly nothing: readonly Samples<number>[];
  readonly planning: readonly PlanningCost[];
}

export interface Row {
  readonly name: string;
  readonly summary: Summary;
  /** Plumbline's median divided by this one: below 1 means that Plumbline is faster. */
  readonly plumblineToThis: number | undefined;
  readonly samplesMs: readonly number[];
}

export function loadNow(): number {
  return loadavg()[0] ?? 0;
}

/** All durations in milliseconds; medians over `n` runs, and every single one. */
export function selfDocument({ cold, nothing, planning, ...conditions }: Measurements) {
  return {
    ok: true,
    command: "bench:self",
    conditions: { ...conditions, node: process.version, cpus: availableParallelism() },
    cold: {
      definitions: DEFINITIONS,
      firstAnswers: rows(
        cold.map(({ name, samples }) => ({ name, samples: samples.flatMap((each) => each.firstAnswersMs ?? []) })),
      ),
      works: rows(cold.map(({ name, samples }) => ({ name, samples: samples.map(({ worksMs }) => worksMs) }))),
      command: rows(cold.map(({ name, samples }) => ({ name, samples: samples.map(({ commandMs }) => commandMs) }))),
    },
    nothingToDo: rows(nothing),
    planning: { costs: planning, growthFrom100To1000: growth(planning) },
  };
}

const DEFINITIONS = {
  firstAnswers: "from the start of the command until a client of this process has logged in to every instance",
  works:
    "until every service works, roles, databases and clusters included: on Plumbline's side the end of its " +
    "process, which has read back every setting by then; on Compose's side Plumbline's own steps and probes, run by this process",
  command: "until the command that starts the stack has ended",
} as const;

function rows(sides: readonly Samples<number>[]): readonly Row[] {
  const summaries = sides.flatMap(({ name, samples }) => {
    const summary = summarise(samples);
    return summary ? [{ name, samples, summary }] : [];
  });
  const [plumbline] = summaries;
  return summaries.map(({ name, samples, summary }) => ({
    name,
    summary,
    plumblineToThis: ratio(plumbline?.summary, summary),
    samplesMs: samples.map((value) => Math.round(value)),
  }));
}

export function selfText(measurements: Measurements): string {
  const { cold, nothingToDo, planning, conditions } = selfDocument(measurements);
  const [before, after] = conditions.load;
  const parts = [
    section("cold start: until every instance answers a client", cold.firstAnswers),
    section("cold start: until every service works", cold.works),
    section("cold start: the command alone", cold.command),
    section("nothing to do: the whole process", nothingToDo),
    planningText(planning.costs, planning.growthFrom100To1000),
    `${conditions.cpus} cpus, load ${before.toFixed(1)} before and ${after.toFixed(1)} after. "ratio": Plumbline's median divided by this one.`,
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function section(title: string, all: readonly Row[]): string {
  if (all.length === 0) return "";
  const lines = all.map(({ name, summary: { n, medianMs, minimumMs, maximumMs }, plumblineToThis }) => {
    return [name, ...[medianMs, minimumMs, maximumMs].map(formatDurationMs), `${n}`, `${plumblineToThis ?? ""}`];
  });
  return table([[title, "median", "min", "max", "n", "ratio"], ...lines]);
}

function planningText(costs: readonly PlanningCost[], grown: number | undefined): string {
  if (costs.length === 0) return "";
  const lines = costs.map(({ services, perPlan, perServiceMs, perRendering }) => [
    `${services}`,
    formatDurationMs(perPlan.medianMs),
    formatDurationMs(perServiceMs),
    formatDurationMs(perRendering.medianMs),
    `${perPlan.n}`,
  ]);
  const shape = grown === undefined ? "" : `\nA thousand services take ${grown} times as long as a hundred.`;
  return table([["planning, services", "a plan", "a service", "text of its files", "n"], ...lines]) + shape;
}
