import { describe, expect, test } from "vitest";
import type { RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { machineVerdict } from "../../../stack/judge/verdict/machine.ts";
import { baselineOf, controlsOf, runLike, type Signature } from "../../support/judge/faults.ts";
import { sampled } from "../../support/judge/resources.ts";
import { blockOf, FINGERPRINT, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

const beside = (otherCores: number, change: Signature = {}): Signature => ({
  ...change,
  share: { otherCores, ...change.share },
});
const read = (signature: Signature) => runLike("read", signature, 2);
const quiet = baselineOf("read");

/** As runs were recorded before blocks knew their share of the machine. */
function oldRun(others: number): SmokeRun {
  const blocks = Array.from({ length: 6 }, (_, index) => blockOf(seeded(index), 0.02));
  return runOf([scenarioOf("store/read", blocks)], {
    fingerprint: { ...FINGERPRINT, cpus: 2 },
    resources: sampled("store/read", { cpuCores: 0.4, others }),
  });
}

const copying = (copyMibPerS: number): SmokeRun => {
  const run = read({});
  return run.calibration ? { ...run, calibration: { ...run.calibration, copyMibPerS } } : run;
};

const mixed = (signature: Signature) => {
  const [reads, writes] = [read(signature), runLike("durable write", signature, 2)];
  return { ...reads, scenarios: [...reads.scenarios, ...renamed(reads, "store/again"), ...writes.scenarios] };
};

describe("the machine's verdict", () => {
  test("is as at the baseline where others use as much as there", () => {
    expect(machineVerdict(read(beside(0.13)), quiet)).toEqual({
      state: "as at the baseline",
      summary: "as at the baseline: others use 0.1 of 2 cpus, at the baseline 0.1",
      loss: 0,
      otherCores: { now: 0.13, before: 0.1 },
      neighbours: [],
    });
  });

  test("is busy where others use more, with who it is and what it takes by the baseline's slope", () => {
    const neighbours = [
      { name: "cc1", cores: 0.6 },
      { name: "container other-web", cores: 0.2 },
    ];
    const verdict = machineVerdict(read(beside(0.9, { used: { neighbours } })), quiet);
    expect(verdict?.state).toBe("busy");
    expect(verdict?.loss).toBeCloseTo(0.5 * 0.8);
    expect(verdict?.neighbours).toEqual(neighbours);
    expect(verdict?.summary).toBe(
      "others use 0.9 of 2 cpus (cc1 0.6, container other-web 0.2), at the baseline 0.1: it gives about 33 % less",
    );
  });

  test("counts what a hypervisor takes", () => {
    const verdict = machineVerdict(read(beside(0.1, { share: { stealCores: 0.8 } })), quiet);
    expect(verdict).toMatchObject({ state: "busy", otherCores: { now: 0.9 } });
  });

  test("without slopes counts on the cpus that are left", () => {
    const { controls: _controls, ...without } = quiet;
    expect(machineVerdict(read(beside(0.9)), without)?.loss).toBeCloseTo(Math.log(1.9 / 1.1));
  });

  test("is not busy for what the baseline's own runs vary by", () => {
    const varied = baselineOf(
      "read",
      [0.1, 0.9, 0.4].map((cores) => read(beside(cores))),
    );
    expect(machineVerdict(read(beside(0.9)), varied)?.state).toBe("as at the baseline");
    expect(machineVerdict(read(beside(1.6)), varied)?.state).toBe("busy");
  });

  test("is faster where the baseline was recorded beside other load that is gone", () => {
    const verdict = machineVerdict(read(beside(0.1)), baselineOf("read", [read(beside(0.9))]));
    expect(verdict?.state).toBe("faster");
    expect(verdict?.loss).toBeLessThan(0);
    expect(verdict?.summary).toBe("others use 0.1 of 2 cpus, at the baseline 0.9: it gives about 49 % more");
  });

  test("is busy and not slower where other load explains why arithmetic takes longer", () => {
    const verdict = machineVerdict(read(beside(0.9, { arithmetic: 1.5 })), quiet);
    expect(verdict?.state).toBe("busy");
    expect(verdict?.summary).not.toContain("arithmetic");
  });

  test("is slower or faster where arithmetic takes longer or shorter and nobody is seen to use the cpu", () => {
    const slower = machineVerdict(read({ arithmetic: 1.5 }), quiet);
    expect(slower?.state).toBe("slower");
    expect(slower?.loss).toBeGreaterThan(0.2);
    expect(slower?.summary).toContain("and single-thread arithmetic takes 1.50 times as long: it gives about");
    expect(slower?.summary).toContain("less");
    expect(machineVerdict(read({ arithmetic: 0.6 }), quiet)).toMatchObject({ state: "faster" });
    expect(machineVerdict(read({ arithmetic: 1.1 }), quiet)).toMatchObject({ state: "as at the baseline" });
  });

  test("is slower where copying takes longer, by more than a figure varies that was measured once", () => {
    const before = baselineOf("read", [copying(4000)]);
    expect(machineVerdict(copying(2000), before)?.summary).toContain(
      "copying memory takes 2.00 times as long: it gives as much",
    );
    expect(machineVerdict(copying(3300), before)?.state).toBe("as at the baseline");
  });

  test("is slower where synced writes take longer in any container, which durable writes feel", () => {
    const slow = { syncOwn: 4, syncElsewhere: 4 };
    const write = machineVerdict(runLike("durable write", slow, 2), baselineOf("durable write"));
    expect(write?.state).toBe("slower");
    expect(write?.loss).toBeCloseTo(0.8 * Math.log(4));
    expect(write?.summary).toContain(
      "a synced write takes 4.0 ms in any container, at the baseline 1.0 ms: it gives about 67 % less",
    );
    const both: RecordedBaseline = {
      ...recordBaseline([mixed({})]),
      controls: {
        "store/read": controlsOf("read"),
        "store/again": controlsOf("read"),
        "store/durable write": controlsOf("durable write"),
      },
    };
    const summary = machineVerdict(mixed(slow), both)?.summary;
    expect(summary).toContain("it gives as much, and durable writes about 67 % less");
  });

  test("is not the disk's where the synced writes of one service only are slow", () => {
    const own = machineVerdict(runLike("durable write", { syncOwn: 9 }, 2), baselineOf("durable write"));
    expect(own?.state).toBe("as at the baseline");
  });

  test("names a container of the stack that is busy while its scenarios do not run", () => {
    const used = { idle: { cpuCores: 1.4 } };
    expect(machineVerdict(read(beside(1.5, { used })), quiet)?.summary).toContain("(inside store's container 1.4)");
  });

  test("tells programs of this computer from what uses the cpus of a virtual machine", () => {
    const run = read(
      beside(0.9, {
        used: {
          neighbours: [
            { name: "browser", cores: 3 },
            { name: "container web", cores: 0.7 },
          ],
        },
      }),
    );
    const outside = run.resources ? { ...run, resources: { ...run.resources, clientInside: false } } : run;
    expect(machineVerdict(outside, quiet)?.summary).toMatch(
      /^others use 0.9 of 2 cpus \(container web 0.7\), .* less; on this computer, outside of the machine: browser 3$/,
    );
  });

  test("takes bursts for what they take on average", () => {
    const run = read(beside(0.1));
    const bursts = run.scenarios.map((scenario) =>
      scenario.status === "measured"
        ? {
            ...scenario,
            blocks: scenario.blocks.map((block, index) => ({
              ...block,
              machine: { otherCores: index % 2 === 0 ? 1.1 : 0.1, stealCores: 0, heldBack: 0 },
            })),
          }
        : scenario,
    );
    expect(machineVerdict({ ...run, scenarios: bursts }, quiet)?.otherCores.now).toBeCloseTo(0.6);
  });

  test("of runs without shares in their blocks is by samples; without samples there is none", () => {
    const before = recordBaseline([oldRun(0.2)]);
    expect(machineVerdict(oldRun(1.2), before)).toMatchObject({ state: "busy", otherCores: { now: 1.2, before: 0.2 } });
    expect(machineVerdict(runLike("durable write"), before)).toBeUndefined();
    const unsampled = runOf(oldRun(0.2).scenarios);
    expect(machineVerdict(unsampled, before)).toBeUndefined();
    expect(machineVerdict(oldRun(0.2), recordBaseline([unsampled]))).toBeUndefined();
  });
});

/** The same scenarios under another name. */
function renamed({ scenarios }: SmokeRun, name: string): SmokeRun["scenarios"] {
  return scenarios.map((scenario) => ({ ...scenario, name }));
}
