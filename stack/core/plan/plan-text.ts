/** A plan as text that a person can read; planner tests compare this text. */
import type { Action, Plan } from "./action.ts";
import type { MachineWish } from "../machine/runtime.ts";
import { formatBytes } from "../units.ts";

/** One line an action, its cause behind a dash; then the notes. "nothing to do" for an empty plan. */
export function planText(plan: Plan): string {
  const lines = plan.actions.map((action) => `  ${actionText(action)}: ${action.cause}`);
  if (lines.length === 0) lines.push("  nothing to do");
  for (const note of plan.notes) lines.push(`  note: ${note}`);
  return lines.join("\n");
}

/** "write 9 files; create postgres, redis-1": what was done or will be, in a line. */
export function summaryText(actions: readonly Action[]): string {
  const groups = new Map<string, Action[]>();
  for (const action of actions) groups.set(action.kind, [...(groups.get(action.kind) ?? []), action]);
  return [...groups.values()].map(groupText).join("; ");
}

function groupText(actions: readonly Action[]): string {
  if (actions.length > 1 && actions.every(({ kind }) => kind === "write-file")) return `write ${actions.length} files`;
  return actions
    .map((action, index) => (index > 0 && "instance" in action ? action.instance : actionText(action)))
    .join(", ");
}

export function actionText(action: Action): string {
  switch (action.kind) {
    case "provision":
      return `install (${action.command})`;
    case "create-machine":
      return `create machine with ${wishText(action.wish)}`;
    case "start-machine":
      return `start machine with ${wishText(action.wish)}`;
    case "resize-machine":
      return `resize machine from ${wishText(action.from)} to ${wishText(action.wish)} (stops everything)`;
    case "repair-machine":
      return `repair machine with ${wishText(action.wish)}`;
    case "obtain-image":
      return `obtain image of ${action.service} (${action.from})`;
    case "write-file":
      return `write ${action.path}`;
    case "create-container":
      return `create ${action.instance}`;
    case "recreate-container":
      return `recreate ${action.instance}`;
    case "start-container":
      return `start ${action.instance}`;
    case "restart-container":
      return `restart ${action.instance} (${interruption(action.holds)})`;
    case "apply-settings":
      return `apply live to ${action.instance}`;
    case "grow-limits":
      return `raise limits of ${action.instance}`;
    case "shrink-limits":
      return `lower limits of ${action.instance}`;
    case "remove-container":
      return `remove ${action.instance}`;
  }
}

/** Whom a restart is felt by. */
function interruption(holds: readonly string[]): string {
  return holds.length === 0 ? "its connections end" : `clients of ${holds.join(", ")} wait, its own connections end`;
}

function wishText({ cpus, memory, disk }: MachineWish): string {
  return `${cpus} cpus, ${formatBytes(memory)}, ${formatBytes(disk)} of disk`;
}
