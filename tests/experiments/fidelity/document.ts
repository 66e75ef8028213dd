/** The result of `bench:fidelity` as a document and as text. */
import { availableParallelism, loadavg } from "node:os";
import { table } from "../../../stack/report/text/table.ts";
import { compare, type PairSamples, type Row } from "./compare.ts";

export interface Fidelity {
  readonly profile: string;
  readonly seconds: number;
  /** Load average of one minute before the first measurement. */
  readonly loadBefore: number;
  readonly pairs: readonly PairSamples[];
  /** What could not be compared, and why. */
  readonly notes: readonly string[];
}

export function loadNow(): number {
  return loadavg()[0] ?? 0;
}

/** `holds`: every row agrees, or the load engine itself reports that it set the pace. */
export function fidelityDocument({ pairs, loadBefore, ...conditions }: Fidelity) {
  const rows = pairs.map((pair) => ({ ...compare(pair), samples: { ours: pair.ours, theirs: pair.theirs } }));
  return {
    ok: true,
    command: "bench:fidelity",
    conditions: {
      ...conditions,
      load: [loadBefore, loadNow()],
      node: process.version,
      cpus: availableParallelism(),
    },
    rows,
    holds: rows.length > 0 && rows.every(({ outcome }) => outcome !== "differs"),
  };
}

export function fidelityText({ rows, conditions, holds }: ReturnType<typeof fidelityDocument>): string {
  const head = ["scenario", "clients", "tool", "ops/s", "tool's", "ratio", "p95 ms", "tool's", "ratio", "outcome"];
  const lines = rows.map((row) => [row.name, `${row.clients}`, row.tool, ...figures(row), row.outcome]);
  const limits = rows.flatMap(({ name, clients, limit }) => {
    return limit === undefined ? [] : [`${name}, clients ${clients}: ${limit}`];
  });
  const rounds = Math.max(0, ...rows.map((row) => row.rounds));
  const [before = 0, after = 0] = conditions.load;
  return [
    rows.length === 0 ? "Nothing was compared." : table([head, ...lines]),
    ...limits,
    ...conditions.notes,
    `Medians of ${rounds} rounds of ${conditions.seconds} s, both sides in turn; ratio: the load engine's to the tool's.`,
    `${conditions.cpus} cpus, load ${before.toFixed(1)} before and ${after.toFixed(1)} after.`,
    holds ? "Every row agrees, or is marked by the load engine itself." : "The load engine differs without saying so.",
  ].join("\n");
}

function figures({ throughput, p95Ms }: Row): readonly string[] {
  const rates = [throughput.ours, throughput.theirs].map((rate) => Math.round(rate).toLocaleString("en-US"));
  const delays = [p95Ms?.ours, p95Ms?.theirs].map((delayMs) => delayMs?.toFixed(2) ?? "-");
  return [...rates, throughput.ratio.toFixed(2), ...delays, p95Ms?.ratio.toFixed(2) ?? "-"];
}
