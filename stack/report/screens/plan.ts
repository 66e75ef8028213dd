/** The result of `plan` as a document and as text. */
import { isChange, type Plan } from "../../core/plan/action.ts";
import type { Desired } from "../../core/desire/desire.ts";
import type { MachineFacts } from "../../core/machine/facts.ts";
import { planText } from "../../core/plan/plan-text.ts";
import { formatBytes } from "../../core/units.ts";
import type { PlanDocument } from "../documents/documents.ts";
import { planned } from "./up.ts";

export interface PlanReport {
  readonly plan: Plan;
  readonly desired: Desired;
  readonly inUse: string | undefined;
  readonly runtime: string | undefined;
  readonly engine: string | undefined;
  readonly machine: Pick<MachineFacts, "cpus" | "memory">;
  readonly sizedFor: "the machine" | "the profile";
  readonly exitCode: number;
}

export function planDocumentOf(report: PlanReport): PlanDocument {
  const { plan, desired, inUse, runtime, engine, machine, sizedFor, exitCode } = report;
  return {
    ok: true,
    command: "plan",
    stack: desired.stack,
    profile: desired.profileReference,
    ...(inUse === undefined ? {} : { inUse }),
    ...(runtime === undefined ? {} : { runtime }),
    ...(engine === undefined ? {} : { engine }),
    machine: { cpus: machine.cpus, memoryBytes: machine.memory, from: sizedFor },
    actions: plan.actions.map(planned),
    notes: [...plan.notes],
    services: desired.services.map(({ name, image, share, instances }) => ({
      name,
      ...(image.standIn === undefined ? {} : { standIn: image.standIn }),
      limits: { memoryBytes: share.memory, cpus: share.cpus },
      instances: instances.map((instance) => instance.name),
    })),
    exitCode,
  };
}

/** The head says for what and for which machine; then the plan, one line a change. */
export function planReportText({ plan, desired, inUse, sizedFor }: PlanReport): string {
  const from = inUse === undefined || inUse === desired.profileReference ? "" : `, which has ${inUse} now`;
  const { cpus, memory } = desired.budget.machine;
  const whose = sizedFor === "the machine" ? "" : " (the profile's machine: no other is known yet)";
  const count = plan.actions.filter(isChange).length;
  return [
    `Profile ${desired.profileReference} for the stack ${desired.stack}${from}, sized for ${cpus} cpus and ${formatBytes(memory)}${whose}:`,
    planText(plan),
    ...(count === 0 ? [] : [`${count} ${count === 1 ? "change" : "changes"}. Nothing was done.`]),
  ].join("\n");
}
