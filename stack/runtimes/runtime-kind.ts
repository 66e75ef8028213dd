/** What the folder of a runtime exports to the registry. */
import type { Runtime } from "../core/machine/runtime.ts";
import type { Host } from "../host/host.ts";

export interface RuntimeInput {
  readonly stack: string;
  readonly host: Host;
}

export interface RuntimeKind {
  readonly name: string;
  /** Makes the runtime of one stack. Has no side effects. */
  readonly make: (input: RuntimeInput) => Runtime;
  /** Returns the rank among the runtimes tried for `auto`, lowest first; undefined if `auto` does not try it. */
  readonly preference: (platform: Host["platform"]) => number | undefined;
  /** What Homebrew installs if no engine answers, so that this runtime can create one. */
  readonly homebrew?: { readonly program: string; readonly because: string };
}
