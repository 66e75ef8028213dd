/** What a caller decides about bringing a stack up, and how it follows the work. */
import type { Action } from "../../core/plan/action.ts";
import type { ImagePolicy } from "../../core/service/image.ts";
import type { Report } from "../../core/progress.ts";
import type { StackOptions } from "./request.ts";

export interface UpOptions extends StackOptions {
  /** What holds the stack's lock, for the message to a second process. Default "up". */
  readonly command?: string;
  /** Software may be installed on this computer. */
  readonly provision: boolean;
  readonly images?: ImagePolicy;
  /** A file of CA certificates for image builds. */
  readonly caBundle?: string;
  /** Only these services, and what they require. */
  readonly only?: readonly string[];
  /** Asks before a destructive step. Throws NEEDS_CONFIRMATION where nobody can be asked. */
  readonly confirm: (question: string) => Promise<boolean>;
}

export interface UpControls {
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Called after each action, so that an interrupted run can say what it did. */
  readonly done?: (action: Action) => void;
}
