/** What a plan is made of: everything that is done to a machine and its stack, each thing with its cause. */
import type { SettingValue } from "../machine/facts.ts";
import type { MachineAction } from "../machine/machine.ts";
import type { Share } from "../service/service.ts";
import type { SettingUnit } from "../service/setting.ts";

export interface SettingChange {
  readonly name: string;
  readonly unit: SettingUnit;
  /** Undefined: the server does not report it. */
  readonly from: SettingValue | undefined;
  readonly to: SettingValue;
}

interface Caused {
  /** Why this has to happen; printed with the action. */
  readonly cause: string;
}

interface OnService extends Caused {
  readonly service: string;
}

interface OnInstance extends OnService {
  readonly instance: string;
}

export type FileAction = { readonly kind: "write-file"; readonly path: string; readonly keepCopy: boolean } & Caused;

export type ContainerAction =
  | ({ readonly kind: "create-container" } & OnInstance)
  | ({ readonly kind: "recreate-container" } & OnInstance)
  | ({ readonly kind: "start-container" } & OnInstance)
  | (OnInstance & {
      readonly kind: "restart-container";
      readonly changes: readonly SettingChange[];
      /** Services whose clients wait meanwhile, and see no error. Everybody else's connections end. */
      readonly drains: readonly string[];
    })
  | ({ readonly kind: "apply-settings"; readonly changes: readonly SettingChange[] } & OnInstance)
  | ({ readonly kind: "grow-limits" | "shrink-limits"; readonly from: Share; readonly to: Share } & OnInstance)
  | ({ readonly kind: "unpause-container" } & OnInstance)
  | ({ readonly kind: "remove-container"; readonly containerId: string } & OnInstance);

export type ServiceAction =
  /** Makes the clients of `service` wait while the instance `around` restarts; `release` lets them go on. */
  | (OnService & { readonly kind: "drain" | "release"; readonly around: string })
  /** Until a client can log in to this one server. */
  | ({ readonly kind: "await-instance" } & OnInstance)
  /** Until the service works as a whole; `restarted`: the instance whose restart this wait belongs to. */
  | (OnService & { readonly kind: "await-service"; readonly restarted?: string })
  /** Takes the one-time steps of a service; `missing` are those known beforehand, which is none on a new server. */
  | (OnService & { readonly kind: "prepare"; readonly missing: readonly string[] });

/** Everything that is done to a stack on a machine that runs. */
export type StackAction = FileAction | ContainerAction | ServiceAction;

export type Action =
  | ({ readonly kind: "provision"; readonly command: string } & Caused)
  | (MachineAction & Caused)
  | ({ readonly kind: "obtain-image"; readonly service: string; readonly from: string } & Caused)
  | StackAction;

/** An action in its place in a plan. */
export type Step = StackAction & {
  /** Readable, and the same whenever the same plan is made: "restart redis-1". */
  readonly id: string;
  /** Ids of the steps that must be done before; they stand before this one in the plan. */
  readonly after: readonly string[];
};

export interface Plan {
  readonly actions: readonly Action[];
  /** What the reader must know though nothing has to be done: rounded values, a disk that cannot shrink. */
  readonly notes: readonly string[];
}

/** A plan that can be carried out: its steps in an order in which they can be done one by one. */
export interface StackPlan extends Plan {
  readonly actions: readonly Step[];
}

export type Start = ContainerAction & { readonly kind: "create-container" | "recreate-container" | "start-container" };

/** Brings up a container that does not run as it should, with Compose. */
export function isStart(action: Action): action is Start {
  const { kind } = action;
  return kind === "create-container" || kind === "recreate-container" || kind === "start-container";
}

/** False for what leaves the stack as it is: waits, and one-time steps that are taken in case they are missing. */
export function isChange(action: Action): boolean {
  switch (action.kind) {
    case "drain":
    case "release":
    case "await-instance":
    case "await-service":
      return false;
    case "prepare":
      return action.missing.length > 0;
    case "provision":
    case "create-machine":
    case "start-machine":
    case "resize-machine":
    case "repair-machine":
    case "obtain-image":
    case "write-file":
    case "remove-container":
    case "unpause-container":
    case "grow-limits":
    case "create-container":
    case "recreate-container":
    case "start-container":
    case "restart-container":
    case "apply-settings":
    case "shrink-limits":
      return true;
  }
}
