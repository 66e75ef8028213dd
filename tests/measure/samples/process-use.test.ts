import { describe, expect, test } from "vitest";
import type { ComputerProcess } from "../../../stack/host/processes.ts";
import { isOfTheEngine, isVirtualMachine, usedBetween } from "../../../stack/measure/samples/process-use.ts";

const SELF = 50;

function processOf(pid: number, cpuS: number, change: Partial<ComputerProcess> = {}): ComputerProcess {
  return { pid, parent: 1, startedAt: String(pid), command: `command-${pid}`, cpuS, endedS: 0, ...change };
}

const used = (first: readonly ComputerProcess[], last: readonly ComputerProcess[]) =>
  Object.fromEntries(usedBetween(first, last, SELF).map(({ pid, cpuS }) => [pid, cpuS]));

describe("what processes used between two readings", () => {
  test("is the growth of their time, and the whole of one that is new", () => {
    expect(used([processOf(2, 100)], [processOf(2, 103), processOf(3, 4)])).toEqual({ 2: 3, 3: 4 });
  });

  test("is the whole time of a process that got the id of one that ended", () => {
    expect(used([processOf(2, 100)], [processOf(2, 3, { startedAt: "later" })])).toEqual({ 2: 3 });
    const unknown = { startedAt: "" };
    expect(used([processOf(2, 100, unknown)], [processOf(2, 3, unknown)])).toEqual({ 2: 3 });
  });

  test("includes that of children which came and went in between: a compiler counts with the one that started it", () => {
    expect(used([processOf(2, 1)], [processOf(2, 1, { endedS: 20 })])).toEqual({ 2: 20 });
  });

  test("is without what a child that ended had used before, and its own child too", () => {
    const first = [
      processOf(2, 1),
      processOf(3, 50, { parent: 2, endedS: 10 }),
      processOf(4, 30, { parent: 3 }), // ends, then its parent: both are handed to the first
    ];
    expect(used(first, [processOf(2, 1, { endedS: 95 })])).toEqual({ 2: 5 });
  });

  test("is never less than nothing, where a child that ended was not waited for", () => {
    expect(used([processOf(2, 1), processOf(3, 50, { parent: 2 })], [processOf(2, 2)])).toEqual({ 2: 1 });
  });

  test("does not count for the first process what others leave to it", () => {
    expect(used([processOf(1, 1)], [processOf(1, 2, { endedS: 500 })])).toEqual({ 1: 1 });
  });

  test("is without this process and all that it started", () => {
    const last = [
      processOf(SELF, 9),
      processOf(51, 9, { parent: SELF }),
      processOf(52, 9, { parent: 51 }),
      processOf(60, 9),
    ];
    expect(used([], last)).toEqual({ 60: 9 });
  });
});

describe("a program's name", () => {
  test("tells a container engine's parts from what they run", () => {
    const parts = ["dockerd", "containerd", "containerd-shim", "containerd-shim-runc-v2", "runc", "docker-proxy"];
    expect(parts.filter((name) => !isOfTheEngine(name))).toEqual([]);
    expect(["node", "docker", "postgres", "cc1"].filter(isOfTheEngine)).toEqual([]);
  });

  test("tells a virtual machine", () => {
    const machines = ["qemu-system-x86_64", "qemu-system-x86", "com.apple.Virtualization.VirtualMachine", "limactl"];
    expect(machines.filter((name) => !isVirtualMachine(name))).toEqual([]);
    expect(["Safari", "sshd", "cc1"].filter(isVirtualMachine)).toEqual([]);
  });
});
