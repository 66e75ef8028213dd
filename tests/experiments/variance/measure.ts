/** Everything that `bench:variance` measures, on a stack of its own: each run in a process of its own. */
import { PlumblineError } from "../../../stack/core/errors.ts";
import type { Report } from "../../../stack/core/progress.ts";
import { DEFAULT_PROFILE } from "../../../stack/records/profiles.ts";
import type { StackOptions } from "../../../stack/commands/request/request.ts";
import { printedBy } from "../self/own-program.ts";
import { withOwnStack } from "../self/own-stack.ts";
import type { RunOrder } from "./order.ts";
import { joined, resultSchema, type Measured, type RunResult } from "./results.ts";

/** Numbers of members at each level, and lengths. */
export interface Design extends Pick<RunOrder, "connections" | "blocks" | "windows" | "windowMs" | "toolS"> {
  readonly runs: number;
}

export interface VarianceOptions extends Design {
  readonly stack: StackOptions;
  /** Numbers of clients to measure each scenario with; "default" for the scenario's own. */
  readonly clients: RunOrder["clients"];
  readonly scenario?: string[] | undefined;
  readonly confirm: (question: string) => Promise<boolean>;
}

interface Controls {
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface Variance {
  readonly profile: string;
  readonly design: Design;
  readonly machine: string;
  readonly measured: readonly Measured[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

const RUN_DEADLINE_MS = 3_600_000;

/** Measures, and destroys its stack when it settles. */
export async function measureVariance(options: VarianceOptions, controls: Controls): Promise<Variance> {
  const { stack, runs, connections, blocks, windows, windowMs, toolS, clients, scenario } = options;
  const profile = stack.profile ?? DEFAULT_PROFILE;
  const own = { ...stack, command: "bench:variance", profile, provision: true, confirm: options.confirm };
  return withOwnStack(own, controls, async ({ running }) => {
    const lengths = { connections, blocks, windows, windowMs, toolS };
    const which = { stack: stack.stack, profile, ...(stack.runtime !== undefined && { runtime: stack.runtime }) };
    const results: RunResult[] = [];
    for (let turn = 0; turn < runs; turn += 1) {
      controls.report({ kind: "note", text: `run ${turn + 1} of ${runs}` });
      const order: RunOrder = { stack: which, turn, clients, ...lengths, ...(scenario && { scenario }) };
      const program = "tests/experiments/variance/one-run.ts";
      const text = await printedBy(program, order, { deadlineMs: RUN_DEADLINE_MS, signal: controls.signal });
      results.push(resultSchema.parse(JSON.parse(text)));
    }
    const measured = joined(results);
    const notes = [...new Set(results.flatMap((result) => result.notes))];
    if (measured.length === 0) throw nothing(notes);
    const { cpus, kernel } = running.machine;
    return { profile, design: { runs, ...lengths }, machine: `${cpus} cpus, kernel ${kernel}`, measured, notes };
  });
}

function nothing(notes: readonly string[]): PlumblineError {
  return new PlumblineError("BENCH_FAILED", {
    what: "No scenario was measured in every run",
    why: notes.join("; ") || "the smoke set has no scenario of these names",
    fix: "See what is wrong with `npm run bench`, or leave out --scenario",
  });
}
