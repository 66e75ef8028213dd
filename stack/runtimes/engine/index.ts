import type { RuntimeKind } from "../runtime-kind.ts";
import { engineRuntime } from "./runtime.ts";

/** On Linux an engine that answers is the machine itself. Elsewhere it runs in a virtual machine that cannot be sized. */
export const engine: RuntimeKind = {
  name: "engine",
  make: ({ host }) => engineRuntime(host),
  preference: (platform) => (platform === "darwin" ? 2 : 1),
};
