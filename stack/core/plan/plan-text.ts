/** Formats a plan as text for people. Planner tests compare this text. */
import { isChange, type Action, type Plan } from "./action.ts";
import type { MachineWish } from "../machine/machine.ts";
import { formatBytes } from "../units.ts";

/**
 * Returns one line per change, with its cause after a colon; waits are indented between them; notes come last. Returns
 * "nothing to do" for an empty plan.
 */
export function planText(plan: Plan): string {
  const lines = grouped(plan.actions).map((group) => `${isWait(group) ? "    " : "  "}${groupLine(group)}`);
  if (lines.length === 0) lines.push("  nothing to do");
  for (const note of plan.notes) lines.push(`  note: ${note}`);
  return lines.join("\n");
}

/** Returns "write 9 files; create postgres, redis-1": the planned or completed changes in one line, without waits. */
export function summaryText(actions: readonly Action[]): string {
  return kindsText(actions.filter(isChange));
}

type Group = readonly [Action, ...Action[]];

/** Groups consecutive waits of one service with one cause. */
function grouped(actions: readonly Action[]): readonly Group[] {
  const groups: Group[] = [];
  for (const action of actions) {
    const last = groups.at(-1);
    if (last && isOneWait(last[0], action)) groups[groups.length - 1] = [...last, action];
    else groups.push([action]);
  }
  return groups;
}

function isOneWait(first: Action, next: Action): boolean {
  if (isChange(first) || isChange(next) || isDrain(first) || isDrain(next)) return false;
  return "service" in first && "service" in next && first.service === next.service && first.cause === next.cause;
}

function isDrain({ kind }: Action): boolean {
  return kind === "drain" || kind === "release";
}

function isWait([first]: Group): boolean {
  return !isChange(first);
}

function groupLine(group: Group): string {
  return `${kindsText(group)}: ${group[0].cause}`;
}

function kindsText(actions: readonly Action[]): string {
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
      return `restart ${action.instance} (${interruption(action.drains)})`;
    case "apply-settings":
      return `apply live to ${action.instance}`;
    case "grow-limits":
      return `raise limits of ${action.instance}`;
    case "shrink-limits":
      return `lower limits of ${action.instance}`;
    case "remove-container":
      return `remove ${action.instance}`;
    case "renew-volumes":
      return `remove the unfinished ${action.volumes.join(", ")}`;
    case "reset-persisted":
      return resetText(action);
    case "save-data":
      return `save data of ${action.instance}`;
    case "unpause-container":
      return `unpause ${action.instance}`;
    case "drain":
      return `drain ${action.service}`;
    case "release":
      return `release ${action.service}`;
    case "await-instance":
      return `wait for ${action.instance}`;
    case "prepare":
      return `prepare ${action.service}`;
    case "await-service":
      return `wait until ${action.service} works`;
  }
}

/** "reset port, max_connections in postgresql.auto.conf of postgres" */
function resetText({ path, names, instance }: Action & { readonly kind: "reset-persisted" }): string {
  const file = `${path.split("/").at(-1)} of ${instance}`;
  return names.length === 0 ? `mend ${file}` : `reset ${names.join(", ")} in ${file}`;
}

/** Says whose connections a restart breaks. */
function interruption(drains: readonly string[]): string {
  return drains.length === 0 ? "its connections end" : `clients of ${drains.join(", ")} wait, its own connections end`;
}

function wishText({ cpus, memory, disk }: MachineWish): string {
  return `${cpus} cpus, ${formatBytes(memory)}, ${formatBytes(disk)} of disk`;
}
