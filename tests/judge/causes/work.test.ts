import { describe, expect, test } from "vitest";
import type { RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import { circumstancesOf } from "../../../stack/judge/causes/circumstances.ts";
import { plainWait, serverWait, serverWork } from "../../../stack/judge/causes/work.ts";
import { baselineOf, runLike, type Kind, type Signature } from "../../support/judge/faults.ts";
import { blockOf, seeded } from "../../support/judge/runs.ts";

function between(kind: Kind, now: Signature, baseline: RecordedBaseline = baselineOf(kind)) {
  const run = runLike(kind, now, 2);
  const [scenario] = run.scenarios;
  if (scenario?.status !== "measured") throw new Error("nothing was measured");
  return circumstancesOf(scenario, run, baseline);
}

const counted = (pages: number): Signature => ({ counted: { "pages read": pages } });

describe("server work", () => {
  test("is cpu per operation that the client's own does not explain", () => {
    expect(serverWork(between("read", { serverCpu: 1.4 }))).toMatchObject([{ kind: "server work" }]);
    expect(serverWork(between("read", { serverCpu: 1.4, clientCpu: 1.6 }))).toEqual([]);
  });

  test("is not the housekeeping of an idle server, which fewer operations share", () => {
    // 0.2 cores are 200 µs of 1000 operations a second, and 800 of 250.
    const idle = { used: { idle: { cpuCores: 0.2 } } };
    const baseline = baselineOf("read", [runLike("read", idle)]);
    const slow = { throughput: 0.25, serverCpu: (440 + 600) / 440 };
    expect(serverWork(between("read", { ...slow, ...idle }, baseline))).toEqual([]);
    expect(serverWork(between("read", slow))).toHaveLength(1);
  });

  test("is counted work that grew, and not a rare event more or what blocks of the baseline counted too", () => {
    expect(serverWork(between("read", counted(3)))[0]?.evidence).toBe("3 pages read an operation, in the baseline 0.1");
    expect(serverWork(between("read", counted(0.14)))).toEqual([]);
    const varied = baselineOf("read", [runLike("read"), runLike("read"), runLike("read", counted(4))]);
    expect(serverWork(between("read", counted(3), varied))).toEqual([]);
  });

  test("explains the time that it takes, where that is known", () => {
    const [pages] = serverWork(between("read", { counted: { "pages read": 10.1 } }));
    expect(pages?.explains).toBeCloseTo(Math.log1p(1 / 4), 1); // 10 pages of 0.1 ms, in 4 ms
    const [bytes] = serverWork(between("read", { counted: { "WAL bytes": 400 } }));
    expect(bytes?.explains).toBeCloseTo(Math.LN2, 1);
  });

  test("is unknown against a baseline whose blocks have none", () => {
    const old = runLike("read");
    const scenarios = old.scenarios.map((scenario) =>
      scenario.status === "measured"
        ? { ...scenario, blocks: Array.from({ length: 6 }, () => blockOf(seeded(1), 0.02)) }
        : scenario,
    );
    const circumstances = between("read", { serverCpu: 2, p5: 3 }, baselineOf("read", [{ ...old, scenarios }]));
    expect(serverWork(circumstances)).toEqual([]);
    expect(serverWait(circumstances)).toEqual([]);
  });
});

describe("a server's wait", () => {
  test("shows in the shortest operations, by a factor that neither company nor a slower cpu makes", () => {
    expect(serverWait(between("read", { p5: 3 }))).toMatchObject([{ kind: "server wait" }]);
    expect(serverWait(between("read", { p5: 1.2 }))).toEqual([]);
    expect(serverWait(between("read", { p5: 1.5, arithmetic: 1.5 }))).toEqual([]);
  });

  test("is not a disk that is slower for all, and less than half again for a durable write beside a disk writer", () => {
    expect(serverWait(between("durable write", { p5: 3, syncElsewhere: 4 }))).toEqual([]);
    expect(serverWait(between("durable write", { p5: 1.4 }))).toEqual([]);
    expect(serverWait(between("durable write", { p5: 8, syncElsewhere: 2 }))).toHaveLength(1);
  });

  test("stands before work that a waiting server does too, and not before work that explains it", () => {
    expect(plainWait(between("read", { p5: 4, serverCpu: 1.3 }))).toHaveLength(1);
    expect(plainWait(between("read", { p5: 1.8, serverCpu: 1.8 }))).toEqual([]);
  });
});
