/** The result of `explain` as a document and as text. */
import { explanationText } from "../../core/desire/explain.ts";
import { printable } from "../../core/printable.ts";
import type { Explained } from "../../core/results/commands/explain.ts";
import { bytes, formatBytes } from "../../core/units.ts";
import type { ExplainDocument } from "../documents/documents.ts";

export function explainDocumentOf({ sizedFor: _sizedFor, ...explained }: Explained): ExplainDocument {
  return { ok: true, command: "explain", ...explained };
}

export function explainText({ profile, machine, sizedFor, explanations, notes }: Explained): string {
  const size = `${sizedFor.cpus} cpus and ${formatBytes(bytes(sizedFor.memoryBytes))}`;
  const head =
    machine.from === "the machine"
      ? `Profile ${profile}, sized for ${size}.`
      : `Profile ${profile}, sized for the machine that it asks for, ${size}: no engine answers that could be asked.`;
  const warned = notes.map((note) => `! ${note}\n`).join("");
  return printable(`${head}\n${warned}\n${explanationText(explanations)}`);
}
