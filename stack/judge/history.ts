/** The measured runs of a stack over time: one line of JSON per run, in `results/history.jsonl`. Pure. */
import { compareText } from "../core/compare.ts";
import {
  type HistoryEntry,
  historyEntrySchema,
  type HistorySeries,
  type HistoryPoint,
  type LevelChange,
} from "../core/results/history.ts";
import { isMeasured } from "../core/results/baseline.ts";
import type { SmokeRun } from "../core/results/measurement.ts";
import type { MachineVerdict } from "../core/results/verdict.ts";
import { conditionsOf } from "./fingerprint.ts";
import { summaryOf } from "./summary.ts";
import { changePoints } from "./stats/change-points.ts";

/** Returns the history entry of a run. `machine` is its part of the verdict. */
export function historyEntry(
  run: SmokeRun,
  command: string,
  verdict: string,
  machine?: Pick<MachineVerdict, "state" | "otherCores">,
): HistoryEntry {
  return {
    at: run.startedAt,
    profile: run.profile,
    command,
    verdict,
    conditions: conditionsOf(run.fingerprint, run.scenarios),
    ...(machine && { machine: { state: machine.state, otherCores: machine.otherCores.now } }),
    scenarios: run.scenarios.filter(isMeasured).map((scenario) => {
      const { throughput, p95, cpuUs } = summaryOf(scenario);
      return {
        name: scenario.name,
        throughput,
        ...(p95 && { p95Ms: p95.value / 1000 }),
        ...(cpuUs !== undefined && { cpuUs }),
      };
    }),
  };
}

export interface History {
  /** Oldest first. */
  readonly entries: readonly HistoryEntry[];
  /** Lines that are no valid entry: cut off by a killed run, or written by another version. */
  readonly skipped: number;
}

/** Parses the lines of a history file. Lines that are incomplete or unknown are skipped and counted. */
export function parseHistory(text: string): History {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const entries = lines.flatMap((line) => entryOf(line) ?? []);
  return { entries: entries.toSorted((a, b) => (a.at < b.at ? -1 : 1)), skipped: lines.length - entries.length };
}

/** About 1 kB per line: a megabyte holds some years of daily work. */
export const HISTORY_MAXIMUM = 1000;

/**
 * Returns the text of a history with one more entry, without the oldest lines beyond `maximum`. Complete lines are kept
 * unchanged, also those of another version; an incomplete last line is dropped.
 */
export function withEntry(text: string, entry: HistoryEntry, maximum = HISTORY_MAXIMUM): string {
  const whole = text.split("\n").slice(0, -1);
  return [...whole, JSON.stringify(entry)]
    .slice(-maximum)
    .map((line) => `${line}\n`)
    .join("");
}

/**
 * Yields the series of the history with their change points, by scenario: of all scenarios, or of these. The conditions of
 * the latest runs come last. Change points take most of the time, about 0.1 s of cpu for a series of years, so a caller
 * with many scenarios takes them in turns with other work.
 */
export function* historySeries(entries: readonly HistoryEntry[], only?: readonly string[]): Generator<HistorySeries> {
  const wanted = only && new Set(only);
  const found = new Map<string, { scenario: string; conditions: string; points: HistoryPoint[] }>();
  for (const { at, command, verdict, machine, conditions, scenarios } of entries) {
    for (const { name: scenario, ...figures } of scenarios) {
      if (wanted && !wanted.has(scenario)) continue;
      const key = `${scenario} ${conditions}`;
      const series = found.get(key) ?? { scenario, conditions, points: [] };
      found.set(key, series);
      series.points.push({ at, command, verdict, ...(machine && { machine }), ...figures });
    }
  }
  const sorted = [...found.values()].toSorted(
    (a, b) => compareText(a.scenario, b.scenario) || compareText(lastOf(a), lastOf(b)),
  );
  for (const series of sorted) yield { ...series, points: marked(series.points) };
}

/** Work changes are found first: its noise is a fraction of that of time on a machine that others use too. */
function marked(points: readonly HistoryPoint[]): readonly HistoryPoint[] {
  const changes = changesIn(points, ({ throughput }) => throughput);
  const cpuChanges = changesIn(points, ({ cpuUs }) => cpuUs);
  return points.map((point) => {
    const [change, cpuChange] = [changes.get(point), cpuChanges.get(point)];
    return { ...point, ...(change && { change }), ...(cpuChange && { cpuChange }) };
  });
}

/** Skips runs without the figure: lines that an older version wrote. */
function changesIn(
  points: readonly HistoryPoint[],
  read: (point: HistoryPoint) => number | undefined,
): ReadonlyMap<HistoryPoint, LevelChange> {
  const known = points.filter((point) => read(point) !== undefined);
  const found = changePoints(known.flatMap((point) => read(point) ?? []));
  return new Map(
    found.flatMap(({ index, ...change }) => {
      const at = known[index];
      return at === undefined ? [] : [[at, change] as const];
    }),
  );
}

function lastOf({ points }: Pick<HistorySeries, "points">): string {
  return points.at(-1)?.at ?? "";
}

function entryOf(line: string): HistoryEntry | undefined {
  try {
    return historyEntrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
