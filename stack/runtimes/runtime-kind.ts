/** What a runtime's folder gives to the registry. */
import type { Runtime } from "../core/machine/runtime.ts";
import type { Host } from "../host/host.ts";

export interface RuntimeInput {
  readonly stack: string;
  readonly host: Host;
}

export interface RuntimeKind {
  readonly name: string;
  /** Makes the runtime of one stack; touches nothing. */
  readonly make: (input: RuntimeInput) => Runtime;
  /** Where it stands among those that are tried for `auto`, the lowest first; undefined where it is not tried. */
  readonly preference: (platform: Host["platform"]) => number | undefined;
  /** What Homebrew installs where no engine answers, so that this runtime can make one. */
  readonly homebrew?: { readonly program: string; readonly because: string };
}
