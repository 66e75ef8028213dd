import { describe, expect, test } from "vitest";
import { IdleTimes } from "../../../stack/measure/samples/idle.ts";
import { countersAt } from "../../support/counters.ts";

const thread = (waitedS: number) => new Map([[1, { ranS: 0, waitedS, timeslices: 1 }]]);

describe("the idle use of a container", () => {
  test("is what it used outside of its service's blocks, over their time", () => {
    const idle = new IdleTimes();
    idle.begin("store", countersAt(10, { cpuS: 1, threads: thread(0) }));
    idle.end("store", countersAt(12, { cpuS: 1.2, threads: thread(0.6) }));
    // A block of its own, which does not count.
    idle.begin("store", countersAt(15, { cpuS: 9, threads: thread(4) }));
    idle.end("store", countersAt(17, { cpuS: 9.2, threads: thread(4.6) }));
    expect(idle.of("store")).toEqual({ cpuCores: 0.1, wantedCores: 0.4 });
  });

  test("goes on over readings in between", () => {
    const idle = new IdleTimes();
    idle.begin("store", countersAt(10));
    idle.begin("store", countersAt(11, { cpuS: 0.5 }));
    expect(idle.isIdle("store")).toBe(true);
    idle.end("store", countersAt(12, { cpuS: 0.5 }));
    expect(idle.isIdle("store")).toBe(false);
    expect(idle.of("store")).toEqual({ cpuCores: 0.25 });
  });

  test("leaves out a time whose end was not read, and one with a restart", () => {
    const idle = new IdleTimes();
    idle.begin("store", countersAt(10));
    idle.end("store");
    idle.end("store", countersAt(20, { cpuS: 10 }));
    idle.begin("store", countersAt(20, { cpuS: 10 }));
    idle.end("store", countersAt(30, { cpuS: 1 }));
    expect(idle.of("store")).toBeUndefined();
  });

  test("is unknown of a container that was idle too shortly for the clock", () => {
    const idle = new IdleTimes();
    idle.begin("store", countersAt(10));
    idle.end("store", countersAt(10.3, { cpuS: 0.1 }));
    expect(idle.of("store")).toBeUndefined();
    expect(idle.of("other")).toBeUndefined();
  });
});
