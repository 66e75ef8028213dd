import { expect, test } from "vitest";
import type { MachineLook } from "../../../stack/core/machine/look.ts";
import { noiseOf } from "../../../stack/judge/baselines/quiet.ts";

const look = (change: Partial<MachineLook> = {}): MachineLook => ({
  cpus: 2,
  otherCores: 0.05,
  stealCores: 0,
  own: [{ name: "store-1", cores: 0.02 }],
  others: [],
  ...change,
});

test("a machine is quiet while others use less than a tenth of it", () => {
  expect(noiseOf(look())).toBeUndefined();
  expect(noiseOf(look({ otherCores: 0.19 }))).toBeUndefined();
});

test("what others use is said, with the largest users", () => {
  const others = [
    { name: "cc1", cores: 0.9 },
    { name: "node", cores: 0.2 },
    { name: "sshd", cores: 0.01 },
  ];
  expect(noiseOf(look({ otherCores: 1.12, others }))).toBe("others use 1.1 of 2 cpus: cc1 0.9, node 0.2");
});

test("a machine whose hypervisor takes cpu is not quiet", () => {
  expect(noiseOf(look({ stealCores: 0.3 }))).toBe("the hypervisor takes 0.3 of 2 cpus");
});

test("a server of the stack that is busy without being asked is named", () => {
  expect(noiseOf(look({ own: [{ name: "store-1", cores: 1 }] }))).toBe(
    "store-1 itself uses 1.0 of 2 cpus while nothing asks it",
  );
});
