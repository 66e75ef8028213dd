/** The result of `explain` as a document and as text. */
import { explanationText, type Explanation } from "../../core/desire/explain.ts";
import type { Budget } from "../../core/desire/budget.ts";
import type { MachineFacts } from "../../core/machine/facts.ts";
import { formatBytes } from "../../core/units.ts";
import type { ExplainDocument } from "../documents/documents.ts";

export interface ExplainReport {
  readonly stack: string;
  readonly profile: string;
  readonly budget: Pick<Budget, "machine">;
  readonly machine: Pick<MachineFacts, "cpus" | "memory">;
  readonly sizedFor: "the machine" | "the profile";
  readonly explanations: readonly Explanation[];
}

export function explainDocumentOf({ stack, profile, machine, sizedFor, explanations }: ExplainReport): ExplainDocument {
  return {
    ok: true,
    command: "explain",
    stack,
    profile,
    machine: { cpus: machine.cpus, memoryBytes: machine.memory, from: sizedFor },
    explanations: explanations.map((each) => ({ ...each, inputs: { ...each.inputs } })),
  };
}

export function explainText({ profile, budget, sizedFor, explanations }: ExplainReport): string {
  const size = `${budget.machine.cpus} cpus and ${formatBytes(budget.machine.memory)}`;
  const head =
    sizedFor === "the machine"
      ? `Profile ${profile}, sized for ${size}.`
      : `Profile ${profile}, sized for the machine that it asks for, ${size}: no engine answers that could be asked.`;
  return `${head}\n\n${explanationText(explanations)}`;
}
