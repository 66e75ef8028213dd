/** What an experiment works on. */
import type { DesiredInstance, DesiredService } from "../../../stack/core/desire/desire.ts";
import type { ObservedContainer } from "../../../stack/core/machine/facts.ts";
import type { Measurable } from "../../../stack/measure/measure.ts";

/** A stack, and the service of it that is harmed. */
export interface Scene {
  readonly stack: Measurable;
  readonly service: DesiredService;
  readonly instance: DesiredInstance;
  readonly container: ObservedContainer;
  /** Cpu of the container in the scenario that uses most of it, without a fault. */
  readonly busyCores: number;
  readonly signal: AbortSignal;
}

/** A fault that is in effect. */
export interface Injected {
  /** How the stack is to be reached meanwhile. */
  readonly stack: Measurable;
  readonly detail: string;
  readonly undo: () => Promise<void>;
}
