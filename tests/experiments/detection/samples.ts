/** The result of one run of the experiment, and the file that stores all results. */
import { appendFile, readFile, truncate } from "node:fs/promises";
import { mean } from "simple-statistics";
import { z } from "zod";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { isMeasured } from "../../../stack/core/results/baseline.ts";
import type { Measured } from "../../../stack/core/results/commands/bench.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import { CAUSES } from "../../../stack/core/results/verdict.ts";
import { COMPANIES } from "./company/company.ts";
import { FAULTS } from "./faults/faults.ts";
import type { Kind } from "./plan.ts";
import { barSchema } from "./bar-document.ts";

/** One metric against the baseline, on the log scale, signed so that more is better. */
const comparedSchema = z.object({
  now: z.number(),
  expected: z.number(),
  /** Of the residual: what the machine explains is not part of it. */
  estimate: z.number(),
  low: z.number(),
  high: z.number(),
  margin: z.number(),
});

const judgedSchema = z.object({
  verdict: z.string(),
  decidedBy: z.enum(["time", "work"]).optional(),
  reason: z.string(),
  cause: z.enum(CAUSES).optional(),
  evidence: z.string().optional(),
  /** Operations a second: geometric mean over the blocks. Absent if the scenario has no figures. */
  throughput: z.number().positive().optional(),
  /** Cpu of the servers per operation, in microseconds; the same mean. Absent if blocks have no work. */
  cpuUs: z.number().positive().optional(),
  comparisons: z.record(z.string(), comparedSchema),
});

const sampleSchema = z.object({
  /** Runs with the same slice were made in one start of the experiment, with one stack and one baseline. */
  slice: z.string(),
  group: z.enum(["baseline", "quiet", "company", "faults"]),
  company: z.enum(COMPANIES),
  /** The fault and the service that it harms; absent for a clean stack. */
  fault: z.enum(FAULTS).optional(),
  service: z.string().optional(),
  /** What the fault did: "0.41 cpus". */
  detail: z.string(),
  verdict: z.string(),
  scenarios: z.record(z.string(), judgedSchema),
  /** The verdict on the machine, and the throughput that it takes on the log scale. */
  machine: z.object({ state: z.string(), loss: z.number() }).optional(),
  budgetS: z.number(),
  elapsedS: z.number(),
  /** False if the budget ended before the first look: then nothing can be decided. */
  complete: z.boolean(),
});

const lineSchema = z.union([sampleSchema, barSchema]);

export type Judged = z.infer<typeof judgedSchema>;
export type Sample = z.infer<typeof sampleSchema>;
export type Line = z.infer<typeof lineSchema>;

export type Head = Pick<Sample, "slice" | "group" | "company" | "fault" | "service" | "detail">;

/** Returns the run as a sample. `verdict` is absent for runs that make the baseline. */
export function sampleOf(head: Head, run: SmokeRun, verdict?: Measured["verdict"]): Sample {
  const measured = new Map(run.scenarios.filter(isMeasured).map((scenario) => [scenario.name, scenario]));
  const names = verdict?.scenarios.map(({ name }) => name) ?? [...measured.keys()];
  const judged = names.map((name): [string, Judged] => {
    const blocks = measured.get(name)?.blocks ?? [];
    const found = verdict?.scenarios.find((scenario) => scenario.name === name);
    const throughput = geometricMean(blocks.map((block) => block.throughput));
    const cpuUs = geometricMean(blocks.flatMap(({ work }) => work?.serverCpuUs ?? []));
    return [
      name,
      {
        verdict: found?.verdict ?? "none",
        reason: found?.reason ?? "",
        ...(found?.decidedBy && { decidedBy: found.decidedBy }),
        ...(found?.cause && { cause: found.cause.kind, evidence: found.cause.evidence }),
        ...(throughput !== undefined && { throughput }),
        ...(cpuUs !== undefined && { cpuUs }),
        comparisons: Object.fromEntries(
          (found?.comparisons ?? []).map(({ metric, now, expected, effect, interval, margin }) => [
            metric,
            { now, expected, estimate: effect.estimate, ...interval, margin },
          ]),
        ),
      },
    ];
  });
  const { machine } = verdict ?? {};
  return {
    ...head,
    verdict: verdict?.verdict ?? "none",
    scenarios: Object.fromEntries(judged),
    ...(machine && { machine: { state: machine.state, loss: machine.loss } }),
    budgetS: run.budgetS,
    elapsedS: run.elapsedS,
    complete: run.complete,
  };
}

/** Undefined without values, and if one is not positive. */
function geometricMean(values: readonly number[]): number | undefined {
  if (values.length === 0 || values.some((value) => !(value > 0))) return undefined;
  return Math.exp(mean(values.map(Math.log)));
}

/** Returns the kind of run that a sample is; undefined for one of the baseline's. */
export function kindOf({ group, company, fault, service }: Sample): Kind | undefined {
  switch (group) {
    case "baseline":
      return undefined;
    case "quiet":
      return { group, company: "none" };
    case "company":
      return { group, company };
    case "faults":
      return fault === undefined || service === undefined ? undefined : { group, company, fault, service };
  }
}

export function isSample(line: Line): line is Sample {
  return line.group !== "bar";
}

/**
 * Returns the lines of earlier starts; none without the file. A last line without an end, which a kill leaves, is not
 * counted. Throws WRONG_USAGE for any other line that is not the experiment's.
 */
export async function readLines(path: string | undefined): Promise<readonly Line[]> {
  if (path === undefined) return [];
  const text = await readFile(path, "utf8").catch(() => "");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return whole.flatMap((line, index) => (line === "" ? [] : [parsed(line, `${path}:${index + 1}`)]));
}

function parsed(line: string, place: string): Line {
  const found = lineSchema.safeParse(dataOf(line));
  if (found.success) return found.data;
  throw new PlumblineError("WRONG_USAGE", {
    what: `${place} is not a run of this experiment`,
    why: "it was written by something else, or by an older version",
    fix: "Name another file with --resume; a new one begins from the start",
  });
}

function dataOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Appends one line. Takes away the beginning of a line that a kill cut off. */
export async function keepLine(path: string | undefined, line: Line): Promise<void> {
  if (path === undefined) return;
  const before = await readFile(path).catch(() => Buffer.alloc(0));
  const whole = before.lastIndexOf("\n") + 1;
  if (whole < before.length) await truncate(path, whole);
  await appendFile(path, `${JSON.stringify(line)}\n`);
}
