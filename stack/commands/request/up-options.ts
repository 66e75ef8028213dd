/** What a caller decides about bringing a stack up, and how it follows the progress. */
import type { Action } from "../../core/plan/action.ts";
import type { ImagePolicy } from "../../core/service/image.ts";
import type { Report } from "../../core/progress.ts";
import type { StackOptions } from "./request.ts";

export interface UpOptions extends StackOptions {
  /** Name of the command that holds the lock, shown to a second process. Default "up". */
  readonly command?: string;
  /** True if software may be installed on this computer. */
  readonly provision: boolean;
  readonly images?: ImagePolicy;
  /** True if images are built from the packages of today, and tags of registries are pulled anew. */
  readonly refresh?: boolean;
  /** A file of CA certificates for image builds. */
  readonly caBundle?: string;
  /** Only these services, and what they require. */
  readonly only?: readonly string[];
  /** Asks before a destructive step. Throws NEEDS_CONFIRMATION if nobody can be asked. */
  readonly confirm: (question: string) => Promise<boolean>;
}

export interface UpControls {
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Called after each action, so that an interrupted run can report what it did. */
  readonly done?: (action: Action) => void;
}
