/** The result of one run of the experiment, and the file that stores all results. */
import { appendFile, readFile } from "node:fs/promises";
import { mean } from "simple-statistics";
import { z } from "zod";
import { isMeasured } from "../../../stack/core/results/baseline.ts";
import { CAUSES, type Cause } from "../../../stack/core/results/verdict.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import type { Measured } from "../../../stack/core/results/commands/bench.ts";
import { FAULTS } from "./faults.ts";

const sampleSchema = z.object({
  /** Runs with the same slice were made in one start of the experiment, with one stack and one baseline. */
  slice: z.string(),
  kind: z.enum([...FAULTS, "clean", "baseline"]),
  detail: z.string(),
  verdict: z.string(),
  /** Cause of the failed scenario, or else of the one that lost most, if the verdict is `failed` or `below`. */
  cause: z.enum(CAUSES).optional(),
  evidence: z.string().optional(),
  /** The reason of each scenario's verdict: "store/read: inconclusive: between -40 % and -8 %, …". */
  reasons: z.array(z.string()),
  /** Operations a second by scenario: geometric mean over the blocks. */
  throughput: z.record(z.string(), z.number().positive()),
  elapsedS: z.number(),
});

export type Sample = z.infer<typeof sampleSchema>;

/** `verdict` is absent for runs that make the baseline. */
export function sampleOf(
  head: Pick<Sample, "slice" | "kind" | "detail">,
  run: SmokeRun,
  verdict?: Measured["verdict"],
): Sample {
  const cause = verdict && worstCause(verdict);
  return {
    ...head,
    verdict: verdict?.verdict ?? "none",
    ...(cause && { cause: cause.kind, evidence: cause.evidence }),
    reasons: (verdict?.scenarios ?? []).map(({ name, verdict: word, reason }) => `${name}: ${word}: ${reason}`),
    throughput: Object.fromEntries(
      run.scenarios
        .filter(isMeasured)
        .map(({ name, blocks }) => [name, Math.exp(mean(blocks.map(({ throughput }) => Math.log(throughput))))]),
    ),
    elapsedS: run.elapsedS,
  };
}

function worstCause({ scenarios }: Measured["verdict"]): Cause | undefined {
  const ofFailed = scenarios.find(({ verdict, cause }) => verdict === "failed" && cause !== undefined)?.cause;
  if (ofFailed) return ofFailed;
  const below = scenarios.filter(({ verdict }) => verdict === "below");
  const lost = ({ comparisons }: (typeof below)[number]) =>
    Math.min(...comparisons.map(({ effect }) => effect.estimate));
  return below.toSorted((left, right) => lost(left) - lost(right))[0]?.cause;
}

/** Returns the samples of earlier starts; none without the file. */
export async function readSamples(path: string | undefined): Promise<readonly Sample[]> {
  if (path === undefined) return [];
  const text = await readFile(path, "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => sampleSchema.parse(JSON.parse(line)));
}

export async function keepSample(path: string | undefined, sample: Sample): Promise<void> {
  if (path !== undefined) await appendFile(path, `${JSON.stringify(sample)}\n`);
}
