import { describe, expect, test } from "vitest";
import type { MachineFacts } from "../../../stack/core/machine/facts.ts";
import { planMachine } from "../../../stack/core/plan/machine-plan.ts";
import { planText } from "../../../stack/core/plan/plan-text.ts";
import type { MachineState, MachineWish } from "../../../stack/core/machine/machine.ts";
import { bytes, gib } from "../../../stack/core/units.ts";

const wish: MachineWish = { cpus: 4, memory: gib(8), disk: gib(60) };

/** Colima's machines show 96.9 to 97.6 % of the memory that they were given. */
const seenInside = (memory: number) => bytes(memory * 0.97);

type Running = Extract<MachineState, { readonly state: "running" }>;

const running = (inside: Partial<MachineFacts>, configured = wish): Running => ({
  state: "running",
  configured,
  facts: {
    cpus: 4,
    memory: seenInside(gib(8)),
    disk: bytes(gib(60) * 0.98),
    architecture: "aarch64",
    kernel: "6.8.0",
    operatingSystem: "Ubuntu 24.04",
    cgroupVersion: 2,
    storageDriver: "overlay2",
    engineVersion: "29.0.0",
    ...inside,
  },
});

function planned(state: MachineState, machine = true, limits: readonly string[] = []): string {
  return planText(planMachine({ features: { machine, mounts: true }, limits: () => limits }, state, wish));
}

const WISH = "4 cpus, 8 GiB, 60 GiB of disk";

describe("the plan of a machine that can be made", () => {
  test("must create one where there is none", () => {
    expect(planned({ state: "absent" })).toBe(`  create machine with ${WISH}: there is no machine yet`);
  });

  test("must start one that is stopped, in the size that is wanted", () => {
    const configured = { cpus: 2, memory: gib(4), disk: gib(60) };
    expect(planned({ state: "stopped", configured })).toBe(`  start machine with ${WISH}: the machine is stopped`);
  });

  test("must repair one that is broken, for the reason that was found", () => {
    const state = { state: "broken", reason: "it says Running and its process is gone" } as const;
    expect(planned(state)).toBe(`  repair machine with ${WISH}: it says Running and its process is gone`);
  });

  test("must do nothing where it runs and shows inside what was asked for, less what its kernel keeps", () => {
    expect(planned(running({}))).toBe("  nothing to do");
  });

  test("must resize one with other cpus", () => {
    expect(planned(running({ cpus: 2 }, { ...wish, cpus: 2 }))).toBe(
      `  resize machine from 2 cpus, 8 GiB, 60 GiB of disk to ${WISH} (stops everything): ` +
        "it has 2 cpus inside, the profile wants 4",
    );
  });

  test("must resize one with less memory, and one with more", () => {
    const less = planned(running({ memory: seenInside(gib(4)) }, { ...wish, memory: gib(4) }));
    expect(less).toContain("it has 3.9 GiB of memory inside, the profile wants 8 GiB");
    const more = planned(running({ memory: seenInside(gib(16)) }, { ...wish, memory: gib(16) }));
    expect(more).toContain("it has 15.5 GiB of memory inside, the profile wants 8 GiB");
  });

  test("must trust what is inside over what is configured", () => {
    expect(planned(running({ cpus: 2 }, wish))).toContain(
      "it has 2 cpus inside although it is configured with 4, the profile wants 4",
    );
  });

  test("must grow a disk, and never shrink one", () => {
    expect(planned(running({ disk: gib(20) }, { ...wish, disk: gib(20) }))).toContain(
      "its disk has 20 GiB, the profile wants 60 GiB",
    );
    expect(planned(running({ disk: gib(200) }, { ...wish, disk: gib(200) }))).toBe("  nothing to do");
  });

  test("must name every difference in one resize", () => {
    const plan = planned({ ...running({ cpus: 1, memory: gib(2), disk: gib(10) }), configured: undefined });
    expect(plan.split("\n")).toHaveLength(1);
    expect(plan).toContain(
      "it has 1 cpus inside, the profile wants 4, it has 2 GiB of memory inside, the profile wants 8 GiB, " +
        "its disk has 10 GiB, the profile wants 60 GiB",
    );
    expect(plan).toContain("resize machine from 1 cpus, 2 GiB, 10 GiB of disk to");
  });

  test("must pass on as notes what the machine cannot do", () => {
    expect(planned(running({}), true, ["the disk stays at 100 GiB: it cannot shrink"])).toBe(
      "  nothing to do\n  note: the disk stays at 100 GiB: it cannot shrink",
    );
  });
});

describe("the plan of a machine that is taken as it is", () => {
  test("must do nothing, and note what the budgets will count on where it is smaller", () => {
    expect(planned({ ...running({ cpus: 2, memory: gib(4) }), configured: undefined }, false)).toBe(
      "  nothing to do\n" +
        "  note: the engine's host has 2 cpus and the profile wants 4: sized for 2\n" +
        "  note: the engine's host has 4 GiB and the profile wants 8 GiB: sized for 4 GiB",
    );
  });

  test("must note nothing where it is as large or larger", () => {
    expect(planned({ ...running({ cpus: 64, memory: gib(256) }), configured: undefined }, false)).toBe(
      "  nothing to do",
    );
  });

  test("must do nothing where no machine can be seen", () => {
    expect(planned({ state: "absent" }, false)).toBe("  nothing to do");
  });
});
