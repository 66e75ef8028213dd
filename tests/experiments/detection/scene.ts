/** The objects of an experiment. */
import type { DesiredInstance, DesiredService } from "../../../stack/core/desire/desire.ts";
import type { ObservedContainer } from "../../../stack/core/machine/facts.ts";
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
  /** The stack as clients reach it during the fault. */
  readonly stack: Measurable;
  readonly detail: string;
  readonly undo: () => Promise<void>;
}
