/** The result of `bench` as a document and as text. */
import { printable } from "../../core/printable.ts";
import type { Measured, Saved } from "../../core/results/commands/bench.ts";
import type { BenchDocument } from "../documents/measurement.ts";
import { renderFigures } from "./results.ts";

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

/** Has the figures that the text of other commands leaves out. */
export function benchText({ measured, saved }: BenchReport): string {
  const figures = renderFigures(measured.document);
  const lines = [
    measured.text.trimEnd(),
    ...(figures === "" ? [] : ["", figures]),
    "",
    `Results: ${measured.files.join(", ")}`,
    ...(saved ? [`Baseline: ${saved.path}`, ...saved.notes.map((note) => `  ${note}`)] : []),
  ];
  return printable(lines.join("\n"));
}
