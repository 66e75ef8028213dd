/** The measured runs of a stack over time: one line of JSON a run, in `results/history.jsonl`. Pure. */
import {
  type HistoryEntry,
  historyEntrySchema,
  type HistorySeries,
  type HistoryPoint,
} from "../core/results/history.ts";
import { isMeasured } from "../core/results/baseline.ts";
import type { SmokeRun } from "../core/results/measurement.ts";
import { conditionsOf } from "./fingerprint.ts";
import { summaryOf } from "./summary.ts";
import { changePoints } from "./stats/change-points.ts";

/** What a run leaves in the history. */
export function historyEntry(run: SmokeRun, command: string, verdict: string): HistoryEntry {
  return {
    at: run.startedAt,
    profile: run.profile,
    command,
    verdict,
    conditions: conditionsOf(run.fingerprint, run.scenarios),
    scenarios: run.scenarios.filter(isMeasured).map((scenario) => {
      const { throughput, p95 } = summaryOf(scenario);
      return { name: scenario.name, throughput, ...(p95 && { p95Ms: p95.value / 1000 }) };
    }),
  };
}

export interface History {
  /** Oldest first. */
  readonly entries: readonly HistoryEntry[];
  /** Lines that are no entry: what a killed run was writing, or another version wrote. */
  readonly skipped: number;
}

/** Reads the lines of a history file. A line that is torn or unknown is skipped and counted. */
export function parseHistory(text: string): History {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const entries = lines.flatMap((line) => entryOf(line) ?? []);
  return { entries: entries.toSorted((a, b) => (a.at < b.at ? -1 : 1)), skipped: lines.length - entries.length };
}

/** About 1 kB a line: some years of daily work in a megabyte. */
export const HISTORY_MAXIMUM = 1000;

/**
 * The text of a history with one entry more, the oldest lines left out beyond `maximum`. Whole lines stay as they are,
 * also those of another version; what follows the last line break was torn, and goes.
 */
export function withEntry(text: string, entry: HistoryEntry, maximum = HISTORY_MAXIMUM): string {
  const whole = text.split("\n").slice(0, -1);
  return [...whole, JSON.stringify(entry)]
    .slice(-maximum)
    .map((line) => `${line}\n`)
    .join("");
}

/** Every series of the history with its change points, by scenario; the conditions met last stand last. */
export function historySeries(entries: readonly HistoryEntry[]): readonly HistorySeries[] {
  const found = new Map<string, { scenario: string; conditions: string; points: HistoryPoint[] }>();
  for (const { at, command, verdict, conditions, scenarios } of entries) {
    for (const { name: scenario, ...figures } of scenarios) {
      const key = `${scenario} ${conditions}`;
      const series = found.get(key) ?? { scenario, conditions, points: [] };
      found.set(key, series);
      series.points.push({ at, command, verdict, ...figures });
    }
  }
  return [...found.values()]
    .toSorted((a, b) => compareText(a.scenario, b.scenario) || compareText(lastOf(a), lastOf(b)))
    .map((series) => ({ ...series, points: marked(series.points) }));
}

function marked(points: readonly HistoryPoint[]): readonly HistoryPoint[] {
  const changes = new Map(
    changePoints(points.map(({ throughput }) => throughput)).map(({ index, ...change }) => [index, change]),
  );
  return points.map((point, index) => {
    const change = changes.get(index);
    return change === undefined ? point : { ...point, change };
  });
}

function lastOf({ points }: Pick<HistorySeries, "points">): string {
  return points.at(-1)?.at ?? "";
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function entryOf(line: string): HistoryEntry | undefined {
  try {
    return historyEntrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
