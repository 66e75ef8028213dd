import { describe, expect, test } from "vitest";
import type { Counters } from "../../../stack/core/machine/counters.ts";
import { shareOf, workOf, type Between, type Reading } from "../../../stack/measure/samples/readings.ts";
import { countersAt } from "../../support/counters.ts";

const reading = (containers: Readonly<Record<string, Counters>>, change: Partial<Reading> = {}): Reading => ({
  containers: new Map(Object.entries(containers)),
  clientCpuUs: 0,
  ...change,
});

const between = (before: Reading, after: Reading, clientInside = true): Between => ({ before, after, clientInside });

const machine = (cpuS: number, stealS = 0) => ({ bootId: "a", cpuS, stealS });

const thread = (waitedS: number, timeslices: number) => new Map([[1, { ranS: 0, waitedS, timeslices }]]);

describe("the work of an operation", () => {
  test("is the difference of both readings over all containers, by the number of operations", () => {
    const before = reading({
      a: countersAt(10, { cpuS: 1, packets: 100, io: { readBytes: 0, writtenBytes: 100 }, threads: thread(0, 5) }),
      b: countersAt(10, { cpuS: 2, packets: 0, io: { readBytes: 5, writtenBytes: 0 }, threads: thread(0, 0) }),
    });
    const after = reading(
      {
        a: countersAt(11, {
          cpuS: 1.5,
          packets: 300,
          io: { readBytes: 0, writtenBytes: 900 },
          threads: thread(0, 205),
        }),
        b: countersAt(11, { cpuS: 2.1, packets: 200, io: { readBytes: 5, writtenBytes: 0 }, threads: thread(0, 100) }),
      },
      { clientCpuUs: 40_000 },
    );
    expect(workOf(between(before, after), 200)).toEqual({
      serverCpuUs: 3000,
      clientCpuUs: 200,
      contextSwitches: 1.5,
      bytesWritten: 4,
      bytesRead: 0,
      packets: 2,
    });
  });

  test("leaves out what is unknown of one container", () => {
    const io = { readBytes: 0, writtenBytes: 0 };
    const before = reading({ a: countersAt(10, { io }), b: countersAt(10) });
    const after = reading({ a: countersAt(11, { io }), b: countersAt(11) });
    expect(workOf(between(before, after), 1)).toEqual({ serverCpuUs: 0, clientCpuUs: 0 });
  });

  test("holds what the servers counted, without a counter that was reset or that one reading lacks", () => {
    const before = reading({ a: countersAt(10) }, { counted: { "WAL bytes": 1000, resets: 50, gone: 1 } });
    const after = reading({ a: countersAt(11) }, { counted: { "WAL bytes": 3000, resets: 2, new: 1 } });
    expect(workOf(between(before, after), 10)?.counted).toEqual({ "WAL bytes": 200 });
    expect(workOf(between(before, reading({ a: countersAt(11) })), 10)).not.toHaveProperty("counted");
  });

  test("is unknown where a container is missing or was restarted between the readings", () => {
    const before = reading({ a: countersAt(10, { cpuS: 5 }), b: countersAt(10) });
    expect(workOf(between(before, reading({ a: countersAt(11, { cpuS: 6 }) })), 1)).toBeUndefined();
    const restarted = reading({ a: countersAt(11, { cpuS: 0.1 }), b: countersAt(11) });
    expect(workOf(between(before, restarted), 1)).toBeUndefined();
    expect(shareOf(between(before, restarted))).toBeUndefined();
  });

  test("counts nothing for an idle container whose reader seems to have used more than all of it", () => {
    const before = reading({ a: countersAt(10, { cpuS: 5 }), b: countersAt(10, { cpuS: 3 }) });
    const after = reading({ a: countersAt(11, { cpuS: 5.5 }), b: countersAt(11, { cpuS: 2.999 }) });
    expect(workOf(between(before, after), 1000)?.serverCpuUs).toBeCloseTo(499, 6);
  });
});

describe("the share of the machine that a block got", () => {
  test("leaves to others what neither the containers nor this process used", () => {
    const before = reading({ a: countersAt(10, { machine: machine(100, 1) }) });
    const after = reading({ a: countersAt(12, { cpuS: 1, machine: machine(103, 1.5) }) }, { clientCpuUs: 600_000 });
    expect(shareOf(between(before, after))).toEqual({ otherCores: 0.7, stealCores: 0.25, heldBack: 0 });
    expect(shareOf(between(before, after, false))?.otherCores).toBe(1);
  });

  test("tells the engine's own processes from others, unless one of them ended meanwhile", () => {
    const before = reading({ a: countersAt(10, { machine: machine(100) }) }, { engineCpuS: 5 });
    const [later, ended] = [5.8, 4].map((engineCpuS) =>
      shareOf(between(before, reading({ a: countersAt(12, { cpuS: 1, machine: machine(103) }) }, { engineCpuS }))),
    );
    expect(later).toEqual({ otherCores: 0.6, engineCores: 0.4, stealCores: 0, heldBack: 0 });
    expect(ended).toEqual({ otherCores: 1, stealCores: 0, heldBack: 0 });
  });

  test("is never negative, whatever the clock's resolution makes of short times", () => {
    const before = reading({ a: countersAt(10) });
    const after = reading({ a: countersAt(11, { cpuS: 1 }) }, { clientCpuUs: 100 });
    expect(shareOf(between(before, after))?.otherCores).toBe(0);
  });

  test("is held back as the container that was held back longest, at most all of the time", () => {
    const before = reading({ a: countersAt(10), b: countersAt(10) });
    const after = (throttledS: number) =>
      reading({ a: countersAt(12, { throttledS: 0.5 }), b: countersAt(12, { throttledS }) });
    expect(shareOf(between(before, after(1)))?.heldBack).toBe(0.5);
    expect(shareOf(between(before, after(3)))?.heldBack).toBe(1);
  });

  test("counts the threads that waited for a cpu, on average", () => {
    const before = reading({ a: countersAt(10, { threads: thread(1, 1) }) });
    const after = reading({ a: countersAt(12, { threads: thread(4, 9) }) });
    expect(shareOf(between(before, after))?.serverWaiting).toBe(1.5);
  });

  test("takes each container's own time, so that a late answer does not distort its cores", () => {
    const before = reading({ a: countersAt(10, { machine: machine(0) }), late: countersAt(10) });
    const now = { a: countersAt(11, { machine: machine(2) }), late: countersAt(12, { cpuS: 1, throttledS: 1 }) };
    expect(shareOf(between(before, reading(now)))).toEqual({ otherCores: 1.5, stealCores: 0, heldBack: 0.5 });
  });

  test("is unknown where the machine's clock cannot tell the readings apart", () => {
    const both = reading({ a: countersAt(10) });
    expect(shareOf(between(both, both))).toBeUndefined();
  });
});
