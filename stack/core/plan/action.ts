/** The parts of a plan: every change to a machine and its stack, each with its cause. */
import type { SettingValue } from "../machine/facts.ts";
import type { MachineAction } from "../machine/machine.ts";
import type { Share } from "../service/service.ts";
import type { SettingUnit } from "../service/setting.ts";

export interface SettingChange {
  readonly name: string;
  readonly unit: SettingUnit;
  /** Undefined if the server does not report it. */
  readonly from: SettingValue | undefined;
  readonly to: SettingValue;
}

interface Caused {
  /** Why this action is needed; printed with it. */
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
      /** Services whose clients wait during the restart and see no error. All other connections break. */
      readonly drains: readonly string[];
    })
  | ({ readonly kind: "apply-settings"; readonly changes: readonly SettingChange[] } & OnInstance)
  | ({ readonly kind: "grow-limits" | "shrink-limits"; readonly from: Share; readonly to: Share } & OnInstance)
  | ({ readonly kind: "unpause-container" } & OnInstance)
  /** Has a server that is about to end write what it holds in memory only. */
  | ({ readonly kind: "save-data" } & OnInstance)
  /** Removes volumes of which no server has ever answered, with the container that uses them. */
  | (OnInstance & {
      readonly kind: "renew-volumes";
      readonly volumes: readonly string[];
      readonly containerId: string | undefined;
    })
  /**
   * Removes settings that the server itself keeps in a file and reads after its conf files; without names, what it cannot
   * read there. `by`: the running server does it, or the file is edited and a copy kept beside it.
   */
  | (OnInstance & {
      readonly kind: "reset-persisted";
      readonly path: string;
      readonly names: readonly string[];
      readonly by: "server" | "file";
      /** The whole new text of a damaged file that holds no settings. */
      readonly sound?: string;
    })
  | ({ readonly kind: "remove-container"; readonly containerId: string } & OnInstance);

export type ServiceAction =
  /** `drain` makes the clients of `service` wait while the instance `around` restarts; `release` lets them continue. */
  | (OnService & { readonly kind: "drain" | "release"; readonly around: string })
  /** Waits until a client can log in to this server. */
  | ({ readonly kind: "await-instance" } & OnInstance)
  /** Waits until the service works as a whole. `restarted`: the instance whose restart this wait belongs to. */
  | (OnService & { readonly kind: "await-service"; readonly restarted?: string })
  /** Carries out the one-time steps of a service. `missing`: those known to be missing; empty for a new server. */
  | (OnService & { readonly kind: "prepare"; readonly missing: readonly string[] });

/** Every action on a stack whose machine runs. */
export type StackAction = FileAction | ContainerAction | ServiceAction;

export type Action =
  | ({ readonly kind: "provision"; readonly command: string } & Caused)
  | (MachineAction & Caused)
  | ({ readonly kind: "obtain-image"; readonly service: string; readonly from: string } & Caused)
  | StackAction;

/** An action with its position in a plan. */
export type Step = StackAction & {
  /** Readable, and the same in every run that makes the same plan: "restart redis-1". */
  readonly id: string;
  /** Ids of the steps that must be done before this one; they precede it in the plan. */
  readonly after: readonly string[];
};

export interface Plan {
  readonly actions: readonly Action[];
  /** What the reader must know though no action follows: rounded values, a disk that cannot shrink. */
  readonly notes: readonly string[];
}

/** An executable plan: its steps are in an order in which they can be done one by one. */
export interface StackPlan extends Plan {
  readonly actions: readonly Step[];
}

export type Start = ContainerAction & { readonly kind: "create-container" | "recreate-container" | "start-container" };

/** Returns whether the deployer carries the action out to bring up a container: create, recreate or start. */
export function isStart(action: Action): action is Start {
  const { kind } = action;
  return kind === "create-container" || kind === "recreate-container" || kind === "start-container";
}

/** Returns false for steps that leave the stack as it is: waits, and one-time steps that may already be done. */
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
    case "save-data":
    case "renew-volumes":
    case "reset-persisted":
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
