import type { RuntimeKind } from "../runtime-kind.ts";
import { colimaRuntime } from "./runtime.ts";

/** On macOS every engine runs in a virtual machine, so the one that Plumbline can size is preferred. */
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
