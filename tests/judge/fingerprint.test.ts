import { describe, expect, test } from "vitest";
import { differences, fingerprintOf, type StackFacts } from "../../stack/judge/fingerprint.ts";
import { gib } from "../../stack/core/units.ts";
import { FINGERPRINT } from "../support/judge/runs.ts";

const facts: StackFacts = {
  machine: {
    cpus: 4,
    memory: gib(8),
    architecture: "aarch64",
    kernel: "6.8",
    operatingSystem: "Ubuntu",
    cgroupVersion: 2,
    storageDriver: "overlay2",
    engineVersion: "28.4",
    vmType: "vz",
    mountType: "virtiofs",
  },
  runtime: "colima",
  cpuModel: "Test cpu",
  toolVersion: "0.1.0",
  emulation: { store: "none", queue: "x86_64 on aarch64" },
  images: { store: { source: "registry", version: "1.0" } },
  settings: {},
};

describe("the fingerprint", () => {
  test("holds the virtual machine, its mounts, and which images are emulated", () => {
    expect(fingerprintOf(facts, {})).toMatchObject({
      architecture: "aarch64",
      memoryMib: 8192,
      vmType: "vz",
      mountType: "virtiofs",
      emulation: { store: "none", queue: "x86_64 on aarch64" },
    });
  });

  test("of a plain engine holds no virtual machine", () => {
    const { vmType: _, mountType: __, ...machine } = facts.machine;
    const { emulation: ___, ...without } = facts;
    const found = fingerprintOf({ ...without, machine }, {});
    for (const field of ["vmType", "mountType", "emulation"]) expect(found).not.toHaveProperty(field);
  });
});

test("a stand-in is another image than the program it stands in for", () => {
  const images = { store: { source: "debian", version: "1.0", standIn: "OtherStore" } };
  expect(fingerprintOf({ ...facts, images }, {}).images).toEqual({ store: "debian 1.0 (OtherStore)" });
  expect(fingerprintOf(facts, {}).images).toEqual({ store: "registry 1.0" });
});

describe("a difference", () => {
  test.each([
    ["cpuModel", { cpuModel: "Another cpu" }],
    ["cpus", { cpus: 8 }],
    ["memory", { memoryMib: 16_384 }],
    ["runtime", { runtime: "colima" }],
    ["storageDriver", { storageDriver: "btrfs" }],
  ])("in %s breaks comparison, unless a prediction takes its place", (field, change) => {
    expect(differences({ ...FINGERPRINT, ...change }, FINGERPRINT)).toEqual([
      expect.objectContaining({ field, breaks: true, hardware: true }),
    ]);
  });

  test.each([
    ["architecture", { architecture: "aarch64" }],
    ["vantage", { vantage: "container" }],
    ["emulation.store", { emulation: { store: "x86_64 on aarch64" } }],
    ["images.store", { images: { store: "debian 2.0" } }],
    ["durability.store", { durability: { store: { fsync: "off" } } }],
  ])("in %s breaks comparison, and no prediction helps", (field, change) => {
    const found = differences({ ...FINGERPRINT, ...change }, { ...FINGERPRINT, emulation: { store: "none" } });
    expect(found).toEqual([expect.objectContaining({ field, breaks: true })]);
    expect(found[0]).not.toHaveProperty("hardware");
  });

  test("is none where an older baseline does not know what is asked for now", () => {
    const now = { ...FINGERPRINT, vmType: "vz", mountType: "virtiofs", emulation: { store: "none" } };
    expect(differences(now, FINGERPRINT)).toEqual([]);
    expect(differences(now, { ...now, vmType: "qemu" })).toMatchObject([{ field: "vmType", hardware: true }]);
  });
});
