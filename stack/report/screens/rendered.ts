/** The result of `report` as a document and as text. */
import type { Rendered } from "../../core/results/commands/report.ts";
import type { ReportDocument } from "../documents/measurement.ts";

export function reportDocumentOf(rendered: Rendered): ReportDocument {
  return { ok: true, command: "report", ...rendered };
}

export function reportText({ files }: Rendered): string {
  return files.join("\n");
}
