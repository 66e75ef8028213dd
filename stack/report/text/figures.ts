/** Formats figures for people, the same way in every report. */
import type { Metric } from "../../core/results/verdict.ts";
import { percentOf } from "../../core/units.ts";

/** Operations a second: "12,340", "3.14". */
export function rate(perSecond: number): string {
  return perSecond >= 100 ? Math.round(perSecond).toLocaleString("en-US") : perSecond.toPrecision(3);
}

/** Operations a second on an axis, where they are round and space is short: "12,000", "120k". */
export function tickText(perSecond: number): string {
  return perSecond >= 100_000 ? `${perSecond / 1000}k` : perSecond.toLocaleString("en-US");
}

/** "310 µs", "4.20 ms", "1.30 s"; "not measured" if undefined. */
export function durationText(ms: number | undefined): string {
  if (ms === undefined) return "not measured";
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 999.5) return `${ms.toPrecision(3)} ms`;
  return `${(ms / 1000).toPrecision(3)} s`;
}

/** "46 µs", "1.25 ms": cpu time of one operation, given in microseconds. */
export function cpuText(us: number): string {
  return us < 10 ? `${us.toPrecision(2)} µs` : durationText(us / 1000);
}

/** The figure of a metric in its unit: "9,800 /s", "4.20 ms", "46 µs", "1,230 B", "0.13". */
export function metricText(metric: Metric, value: number): string {
  switch (metric) {
    case "throughput":
      return `${rate(value)} /s`;
    case "p95 latency":
    case "p5 latency":
      return durationText(value);
    case "time held back":
      return percentOf(value);
    case "cpu per operation":
      return cpuText(value);
  }
  return /\bbytes\b/i.test(metric) ? `${count(value)} B` : count(value);
}

/** A mean count: "12,340", "18", "1.02", "0.13"; "0" if there was none. */
function count(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value >= 10 ? value.toFixed(0) : String(Number(value.toPrecision(value < 1 ? 2 : 3)));
}

/** Converts ISO 8601 in UTC to "2026-01-02 03:04 UTC"; returns any other text unchanged. */
export function whenText(iso: string): string {
  const parts = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})[:\d.]*Z$/.exec(iso);
  return parts ? `${parts[1]} ${parts[2]} UTC` : iso;
}

/** "postgres 1.0 s, redis 0.9 s": load by service. */
export function warmedText(loadMs: Readonly<Record<string, number>>): string {
  return Object.entries(loadMs)
    .map(([service, ms]) => `${service} ${(ms / 1000).toFixed(1)} s`)
    .join(", ");
}
