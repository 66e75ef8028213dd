/** The text of `switch`: which profile became which, and each change with its cause. */
import { planText } from "../../core/plan/plan-text.ts";
import { upText, type UpReport } from "./up.ts";

/** `from`: the profile that the stack had; undefined where it was never brought up. */
export function switchText(report: UpReport, from: string | undefined, coloured: boolean): string {
  const { desired, machinePlan, plan } = report;
  const to = desired.profileReference;
  const actions = [...machinePlan.actions, ...plan.actions];
  const same = from === to ? `The stack has the profile ${to} already` : undefined;
  const head =
    actions.length === 0
      ? `${same ?? `The profile ${to} asks for what runs already`}: nothing was touched.`
      : `${from === undefined ? `Brought up with ${to}` : same ? `${same}; it was repaired` : `Switched from ${from} to ${to}`}:`;
  const changes = actions.length === 0 ? [] : [planText({ actions, notes: [] })];
  return [head, ...changes, "", upText(report, coloured)].join("\n");
}
