/** The result of `report` as a document and as text. */
import { printable } from "../../core/printable.ts";
import type { Rendered } from "../../core/results/commands/report.ts";
import type { ReportDocument } from "../documents/measurement.ts";

export function reportDocumentOf(rendered: Rendered): ReportDocument {
  return { ok: true, command: "report", ...rendered };
}

export function reportText({ files }: Rendered): string {
  return printable(files.join("\n"));
}
