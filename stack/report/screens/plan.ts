/** The result of `plan` as a document and as text. */
import { isChange } from "../../core/plan/action.ts";
import { planText } from "../../core/plan/plan-text.ts";
import { printable } from "../../core/printable.ts";
import type { PlannedStack } from "../../core/results/commands/plan.ts";
import { bytes, formatBytes } from "../../core/units.ts";
import type { PlanDocument } from "../documents/documents.ts";
import { plannedOf } from "./planned.ts";

export function planDocumentOf(planned: PlannedStack, exitCode: number): PlanDocument {
  const { stack, profile, inUse, runtime, engine, machine, plan, services } = planned;
  return {
    ok: true,
    command: "plan",
    stack,
    profile,
    ...(inUse === undefined ? {} : { inUse }),
    ...(runtime === undefined ? {} : { runtime }),
    ...(engine === undefined ? {} : { engine }),
    machine,
    actions: plan.actions.map(plannedOf),
    notes: plan.notes,
    services,
    exitCode,
  };
}

/** The head names the profile and the machine; then the plan, one line per change. */
export function planReportText({ stack, profile, inUse, machine, sizedFor, plan }: PlannedStack): string {
  const from = inUse === undefined || inUse === profile ? "" : `, which has ${inUse} now`;
  const size = `${sizedFor.cpus} cpus and ${formatBytes(bytes(sizedFor.memoryBytes))}`;
  const whose = machine.from === "the machine" ? "" : " (the profile's machine: no other is known yet)";
  const count = plan.actions.filter(isChange).length;
  const lines = [
    `Profile ${profile} for the stack ${stack}${from}, sized for ${size}${whose}:`,
    planText(plan),
    ...(count === 0 ? [] : [`${count} ${count === 1 ? "change" : "changes"}. Nothing was done.`]),
  ];
  return printable(lines.join("\n"));
}
