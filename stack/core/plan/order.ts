/** Collects steps with their dependencies in any order and sorts them into an executable one. */
import type { StackAction, Step } from "./action.ts";

/** The stages in the order of the printed plan. Dependencies take precedence; stages only break ties. */
const STAGES = ["files", "removals", "room", "starts", "waits", "restarts", "live", "again", "lower"] as const;
type Stage = (typeof STAGES)[number];

export class StepList {
  private readonly steps = new Map<string, Step & { readonly stage: Stage }>();

  /** Adds a step and returns its id. Ignores ids in `after` that no step has: that kind of step is not needed. */
  add(stage: Stage, action: StackAction, after: readonly string[]): string {
    const id = idOf(action);
    if (this.steps.has(id)) throw new Error(`planned twice: ${id}`);
    this.steps.set(id, { ...action, id, after, stage });
    return id;
  }

  /** Returns the steps, each after its dependencies. Throws on a dependency cycle, which is a defect. */
  ordered(): readonly Step[] {
    const done = new Set<string>();
    const ordered: Step[] = [];
    const visit = (id: string, path: readonly string[]): void => {
      const found = this.steps.get(id);
      if (!found || done.has(id)) return;
      if (path.includes(id)) throw new Error(`these steps wait for each other: ${[...path, id].join(", ")}`);
      const { stage: _stage, ...step } = found;
      for (const before of step.after) visit(before, [...path, id]);
      done.add(id);
      ordered.push({ ...step, after: [...new Set(step.after)].filter((each) => this.steps.has(each)) });
    };
    const all = [...this.steps.values()];
    for (const stage of STAGES) for (const step of all) if (step.stage === stage) visit(step.id, []);
    return ordered;
  }
}

/** Returns the id of an action: the same in every plan, and unique within one. */
export function idOf(action: StackAction): string {
  switch (action.kind) {
    case "write-file":
      return `write ${action.path}`;
    case "remove-container":
      return `remove ${action.instance} ${action.containerId.slice(0, 12)}`;
    case "unpause-container":
      return `unpause ${action.instance}`;
    case "save-data":
      return `save data of ${action.instance}`;
    case "renew-volumes":
      return `renew volumes of ${action.instance}`;
    case "reset-persisted":
      return action.sound === undefined
        ? `reset persisted of ${action.instance}`
        : `mend ${action.path} of ${action.instance}`;
    case "grow-limits":
      return `raise limits of ${action.instance}`;
    case "create-container":
      return `create ${action.instance}`;
    case "recreate-container":
      return `recreate ${action.instance}`;
    case "start-container":
      return `start ${action.instance}`;
    case "restart-container":
      return `restart ${action.instance}`;
    case "apply-settings":
      return `apply live to ${action.instance}`;
    case "shrink-limits":
      return `lower limits of ${action.instance}`;
    case "drain":
      return `drain ${action.service} for ${action.around}`;
    case "release":
      return `release ${action.service} after ${action.around}`;
    case "await-instance":
      return `await answer of ${action.instance}`;
    case "prepare":
      return `prepare ${action.service}`;
    case "await-service":
      return `await ${action.service}${action.restarted === undefined ? "" : ` after ${action.restarted}`}`;
  }
}
