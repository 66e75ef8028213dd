/** What a plan is made of: one change each, with its cause. */
import type { SettingValue } from "../machine/facts.ts";
import type { MachineAction } from "../machine/runtime.ts";
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

interface OnInstance extends Caused {
  readonly service: string;
  readonly instance: string;
}

export type ContainerAction =
  | ({ readonly kind: "create-container" } & OnInstance)
  | ({ readonly kind: "recreate-container" } & OnInstance)
  | ({ readonly kind: "start-container" } & OnInstance)
  | (OnInstance & {
      readonly kind: "restart-container";
      readonly changes: readonly SettingChange[];
      /** Services whose clients wait meanwhile, and see no error. Everybody else's connections end. */
      readonly holds: readonly string[];
    })
  | ({ readonly kind: "apply-settings"; readonly changes: readonly SettingChange[] } & OnInstance)
  | ({ readonly kind: "grow-limits" | "shrink-limits"; readonly from: Share; readonly to: Share } & OnInstance)
  | ({ readonly kind: "remove-container"; readonly containerId: string } & OnInstance);

export type Action =
  | ({ readonly kind: "provision"; readonly command: string } & Caused)
  | (MachineAction & Caused)
  | ({ readonly kind: "obtain-image"; readonly service: string; readonly from: string } & Caused)
  | ({ readonly kind: "write-file"; readonly path: string; readonly keepCopy: boolean } & Caused)
  | ContainerAction;

export interface Plan {
  readonly actions: readonly Action[];
  /** What the reader must know though nothing has to be done: rounded values, a disk that cannot shrink. */
  readonly notes: readonly string[];
}
