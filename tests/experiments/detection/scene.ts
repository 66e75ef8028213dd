/** The objects of an experiment. */
import type { DesiredInstance, DesiredService } from "../../../stack/core/desire/desire.ts";
import type { ObservedContainer } from "../../../stack/core/machine/facts.ts";
import type { Detour } from "./order.ts";
import type { Measurable } from "../../../stack/measure/measure.ts";

/** A stack, and its service that is harmed. */
export interface Scene {
  readonly stack: Measurable;
  readonly service: DesiredService;
  readonly instance: DesiredInstance;
  readonly container: ObservedContainer;
  /** Cpu of the container, without a fault, in the scenario that uses most of it. */
  readonly busyCores: number;
  readonly signal: AbortSignal;
}

/** An active fault. */
export interface Injected {
  /** Ways that clients take during the fault instead of the published ports. */
  readonly detours?: readonly Detour[];
  readonly detail: string;
  readonly undo: () => Promise<void>;
}
