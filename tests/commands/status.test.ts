import { expect, test } from "vitest";
import { bytes, mib } from "../../stack/core/units.ts";
import { kernelLimits } from "../../stack/commands/status.ts";

test("a limit that the kernel does not have is absent from the result", () => {
  const none = { memory: bytes(Number.POSITIVE_INFINITY), cpus: Number.POSITIVE_INFINITY };
  expect(kernelLimits(none)).toEqual({});
  expect(kernelLimits({ memory: mib(128), cpus: 0.5 })).toEqual({ memoryBytes: mib(128), cpus: 0.5 });
});
