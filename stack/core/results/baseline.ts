/**
 * Baselines as files: recorded runs that later runs are compared with, and published reference figures that are only
 * shown.
 */
import { z } from "zod";
import { PlumblineError } from "../errors.ts";
import { runSchema, type Fingerprint, type MeasuredScenario, type SmokeRun } from "./measurement.ts";
import { referenceSchema, type ReferenceBaseline, type ReferenceRow } from "./reference.ts";

/** A coefficient of a regression on the log scale, with its standard error. */
const coefficientSchema = z.strictObject({ value: z.number(), error: z.number().nonnegative() });

/**
 * How one scenario depends on the machine, learned from the baseline's blocks and from assumptions that they outweigh.
 */
const controlsSchema = z.strictObject({
  /** ln(throughput) per core that others take. */
  otherCores: coefficientSchema,
  /** ln(cpu per operation of the server) per ln(cpu per operation of the client). */
  clientCpu: coefficientSchema,
  /** ln(latency) per ln(time of a synced write elsewhere on the disk); durable writes only. */
  syncElsewhere: coefficientSchema.optional(),
});

export type Coefficient = z.infer<typeof coefficientSchema>;
export type Controls = z.infer<typeof controlsSchema>;

const recordedSchema = z.strictObject({
  $schema: z.string().optional(),
  kind: z.literal("recorded"),
  version: z.literal(1),
  name: z.string().min(1),
  /** ISO 8601, UTC. */
  recordedAt: z.string(),
  profile: z.string(),
  /**
   * Runs on one machine with one fingerprint. From three runs on, their variation is taken as the machine's and sets
   * the margin.
   */
  runs: z.array(runSchema).min(1),
  /** By scenario; absent in baselines that were recorded before blocks had controls. */
  controls: z.record(z.string(), controlsSchema).optional(),
  /** Runs that the controls show to be disturbed: their place in `runs`, and why. */
  disturbed: z.array(z.strictObject({ run: z.number().int().nonnegative(), why: z.string() })).optional(),
});

export const baselineSchema = z.discriminatedUnion("kind", [recordedSchema, referenceSchema]);

export type RecordedBaseline = z.infer<typeof recordedSchema>;

export type Baseline = z.infer<typeof baselineSchema>;

/** Returns the JSON Schema of a baseline file, for `profiles/baselines/baseline.schema.json`. */
export function baselineJsonSchema(): unknown {
  return { title: "Plumbline baseline", ...z.toJSONSchema(baselineSchema, { target: "draft-2020-12" }) };
}

/** Returns the fingerprint that all runs of a baseline share, apart from conditions that only warn. */
export function fingerprintOfBaseline(baseline: RecordedBaseline): Fingerprint {
  return firstRun(baseline).fingerprint;
}

/** Returns the run whose fingerprint and calibration represent the baseline. */
export function firstRun(baseline: RecordedBaseline): SmokeRun {
  const [run] = baseline.runs;
  if (run === undefined) throw baselineInvalid(`${baseline.name} holds no run`, "Record it again.");
  return run;
}

/** Returns a scenario's result in each run of a baseline that measured it. */
export function scenarioRuns(baseline: RecordedBaseline, name: string): readonly MeasuredScenario[] {
  return baseline.runs.flatMap(({ scenarios }) => scenarios.filter(isMeasured).filter((found) => found.name === name));
}

/** Returns the names of all scenarios of these runs, each once. */
export function scenarioNames(
  runs: readonly { readonly scenarios: readonly { readonly name: string }[] }[],
): readonly string[] {
  return [...new Set(runs.flatMap(({ scenarios }) => scenarios.map(({ name }) => name)))];
}

/** Returns a published source's figures for a scenario; several rows if the source measured it in several ways. */
export function referenceRows(references: readonly ReferenceBaseline[], scenario: string): readonly ReferenceRow[] {
  return references.flatMap(({ rows }) => rows.filter((row) => row.scenarios.includes(scenario)));
}

/** Returns whether a scenario has figures. */
export function isMeasured(scenario: { readonly status: string }): scenario is MeasuredScenario {
  return scenario.status === "measured";
}

/** Returns a BASELINE_INVALID error: `why` the baseline cannot be used, and the fix. */
export function baselineInvalid(why: string, fix: string): PlumblineError {
  return new PlumblineError("BASELINE_INVALID", { what: "The baseline cannot be used", why, fix });
}
