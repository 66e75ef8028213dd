/** Everything that `bench:fidelity` measures. Both sides take turns, so that other load affects both. */
import { messageOf, PlumblineError } from "../../../stack/core/errors.ts";
import type { Report } from "../../../stack/core/progress.ts";
import { DEFAULT_PROFILE } from "../../../stack/records/profiles.ts";
import type { StackOptions } from "../../../stack/commands/request/request.ts";
import { withOwnStack } from "../self/own-stack.ts";
import type { Pair, PairSamples, Sample } from "./compare.ts";
import { loadNow, type Fidelity } from "./document.ts";
import { withHttpPairs } from "./http.ts";
import { withServerPairs, type Length } from "./servers.ts";

export const PARTS = ["servers", "http"] as const;

export interface FidelityOptions {
  readonly stack: StackOptions;
  readonly rounds: number;
  readonly seconds: number;
  readonly only: readonly (typeof PARTS)[number][];
  readonly confirm: (question: string) => Promise<boolean>;
}

interface Controls {
  readonly report: Report;
  readonly signal: AbortSignal;
}

interface Found {
  readonly pairs: readonly PairSamples[];
  readonly notes: readonly string[];
}

/** Needs no stack for HTTP alone. What it starts is removed when it settles. */
export async function measureFidelity(options: FidelityOptions, controls: Controls): Promise<Fidelity> {
  const { only, rounds, seconds } = options;
  const profile = options.stack.profile ?? DEFAULT_PROFILE;
  const length: Length = { seconds, signal: controls.signal };
  const loadBefore = loadNow();
  const inTurn = async (pairs: readonly Pair[], notes: readonly string[]): Promise<Found> => {
    return { pairs: await takeTurns(pairs, rounds, controls), notes };
  };
  const parts: Found[] = [];
  if (only.includes("http")) parts.push(await withHttpPairs(length, inTurn));
  if (only.includes("servers")) {
    const stack = { ...options.stack, command: "bench:fidelity", profile, provision: true, confirm: options.confirm };
    parts.push(await withOwnStack(stack, controls, ({ running }) => withServerPairs(running, length, inTurn)));
  }
  const pairs = parts.flatMap((part) => part.pairs);
  return { profile, seconds, loadBefore, pairs, notes: parts.flatMap(({ notes }) => notes) };
}

function failed({ name, tool, clients }: Pair, cause: unknown): PlumblineError {
  return new PlumblineError("BENCH_FAILED", {
    what: `${name} could not be compared with ${tool} at ${clients} clients`,
    why: messageOf(cause),
    fix: "See what else this machine does, and measure again",
    cause,
  });
}

/** Each round begins with another pair and swaps the sides. */
async function takeTurns(pairs: readonly Pair[], rounds: number, { report, signal }: Controls): Promise<PairSamples[]> {
  const taken = pairs.map((pair) => ({ pair, ours: new Array<Sample>(), theirs: new Array<Sample>() }));
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < taken.length; turn += 1) {
      signal.throwIfAborted();
      const side = taken[(round + turn) % taken.length];
      if (!side) continue;
      const { pair, ours, theirs } = side;
      report({ kind: "note", text: `round ${round + 1} of ${rounds}: ${pair.name}, clients ${pair.clients}` });
      const sides = [async () => ours.push(await pair.ours()), async () => theirs.push(await pair.theirs())];
      try {
        for (const measure of round % 2 === 0 ? sides : sides.toReversed()) await measure();
      } catch (error) {
        signal.throwIfAborted();
        throw failed(pair, error);
      }
    }
  }
  return taken.map(({ pair: { name, tool, clients }, ours, theirs }) => ({ name, tool, clients, ours, theirs }));
}
