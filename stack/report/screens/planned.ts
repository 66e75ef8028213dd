/** An action, as documents show it. */
import type { Action } from "../../core/plan/action.ts";
import { actionText } from "../../core/plan/plan-text.ts";
import type { PlanDocument } from "../documents/documents.ts";

export function plannedOf(action: Action): PlanDocument["actions"][number] {
  return { action: action.kind, text: actionText(action), cause: action.cause };
}
