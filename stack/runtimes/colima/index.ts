import type { RuntimeKind } from "../runtime-kind.ts";
import { colimaRuntime } from "./runtime.ts";

/** On macOS an engine is a virtual machine in any case, so the one that Plumbline can size comes first. */
export const colima: RuntimeKind = {
  name: "colima",
  make: ({ stack, host }) => colimaRuntime({ stack, host }),
  preference: (platform) => PREFERENCE[platform],
  homebrew: {
    program: "colima",
    because: "a container engine needs a virtual machine on macOS, and Colima makes one",
  },
};

const PREFERENCE = { darwin: 1, linux: 2, other: undefined } as const;
