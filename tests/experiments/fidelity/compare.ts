/** Compares two measurements of the same thing. Pure. */
import { medianOf } from "../../../stack/judge/stats/median.ts";

export interface Sample {
  /** Operations a second. */
  readonly throughput: number;
  /** Absent where too few operations bound it. */
  readonly p95Ms: number | undefined;
  /** Why the load engine says that it may have set the pace. */
  readonly clientLimited?: string | undefined;
}

/** The same work, by the load engine and by another tool. */
export interface Pair {
  /** The scenario's name. */
  readonly name: string;
  readonly tool: string;
  readonly clients: number;
  readonly ours: () => Promise<Sample>;
  readonly theirs: () => Promise<Sample>;
}

export interface PairSamples extends Pick<Pair, "name" | "tool" | "clients"> {
  readonly ours: readonly Sample[];
  readonly theirs: readonly Sample[];
}

export interface Row extends Pick<Pair, "name" | "tool" | "clients"> {
  readonly rounds: number;
  readonly throughput: Compared;
  /** Absent where a side has no p95. */
  readonly p95Ms: Compared | undefined;
  readonly outcome: "agrees" | "client limited" | "differs";
  /** The load engine's own reason, if it marked more than half of its measurements. */
  readonly limit: string | undefined;
}

export interface Compared {
  /** Medians over the rounds. */
  readonly ours: number;
  readonly theirs: number;
  /** Median over the rounds of ours / theirs: other load in a round affects both sides. */
  readonly ratio: number;
}

/** Share of the other tool's throughput that the load engine must reach, unless it reports its own limit. */
const LEAST_THROUGHPUT = 0.9;
/** Largest difference of the 95th percentiles. */
const P95_TOLERANCE = 0.1;

/** Compares both sides. Throws if a side has no samples. */
export function compare({ name, tool, clients, ours, theirs }: PairSamples): Row {
  const throughput = compared(
    ours.map((sample) => sample.throughput),
    theirs.map((sample) => sample.throughput),
  );
  const p95s = [ours, theirs].map((side) => side.flatMap(({ p95Ms }) => p95Ms ?? []));
  const [mine = [], other = []] = p95s;
  const p95Ms = mine.length === ours.length && other.length === ours.length ? compared(mine, other) : undefined;
  const limits = ours.flatMap(({ clientLimited }) => clientLimited ?? []);
  const limit = 2 * limits.length > ours.length ? limits[0] : undefined;
  const isNear = p95Ms !== undefined && Math.abs(p95Ms.ratio - 1) <= P95_TOLERANCE;
  const agrees = throughput.ratio >= LEAST_THROUGHPUT && isNear;
  const otherwise = limit === undefined ? "differs" : "client limited";
  const outcome = agrees ? "agrees" : otherwise;
  return { name, tool, clients, rounds: ours.length, throughput, p95Ms, outcome, limit };
}

function compared(ours: readonly number[], theirs: readonly number[]): Compared {
  const ratios = ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
  return { ours: medianOf(ours).median, theirs: medianOf(theirs).median, ratio: medianOf(ratios).median };
}
