import type { RuntimeKind } from "../runtime-kind.ts";
import { engineRuntime } from "./runtime.ts";

/**
 * On Linux the machine of an engine is this computer. Elsewhere the engine runs in a virtual machine that cannot be
 * sized.
 */
export const engine: RuntimeKind = {
  name: "engine",
  make: ({ host }) => engineRuntime(host),
  preference: (platform) => (platform === "darwin" ? 2 : 1),
};
