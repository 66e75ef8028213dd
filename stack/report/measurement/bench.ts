/** The result of `bench` as a document and as text. */
import type { Measured, Saved } from "../../core/results/commands/bench.ts";
import type { BenchDocument } from "../documents/measurement.ts";

export interface BenchReport {
  readonly stack: string;
  readonly profile: string;
  readonly warnings: readonly string[];
  readonly measured: Pick<Measured, "document" | "text" | "files">;
  readonly saved: Pick<Saved, "path" | "notes"> | undefined;
  readonly exitCode: number;
}

export function benchDocumentOf({ stack, profile, warnings, measured, saved, exitCode }: BenchReport): BenchDocument {
  return {
    ok: true,
    command: "bench",
    stack,
    profile,
    warnings,
    results: measured.document,
    files: measured.files,
    ...(saved ? { baseline: saved.path } : {}),
    exitCode,
  };
}

export function benchText({ measured, saved }: BenchReport): string {
  return [
    measured.text.trimEnd(),
    "",
    `Results: ${measured.files.join(", ")}`,
    ...(saved ? [`Baseline: ${saved.path}`, ...saved.notes.map((note) => `  ${note}`)] : []),
  ].join("\n");
}
