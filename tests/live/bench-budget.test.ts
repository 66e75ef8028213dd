/** How a run spends its seconds, with services that are sleeps. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { SmokeRun } from "../../stack/core/results/measurement.ts";
import type { Outlook } from "../../stack/core/results/outlook.ts";
import type { Progress } from "../../stack/core/progress.ts";
import { runSmoke } from "../../stack/measure/smoke.ts";
import { fakeServices, runOptions, type FakeServices } from "../support/measure/services.ts";

/** The blocks of each scenario that counted: every scenario has two more, which are its warm-up. */
function countedIn({ opened }: FakeServices): Record<string, number> {
  const names = [...new Set(opened)];
  return Object.fromEntries(names.map((name) => [name, opened.filter((each) => each === name).length - 2]));
}

const OUTLOOK: Outlook = { scenarios: 2, undecided: 1, decidable: 1, expectedS: 10 };

const undecided = () => ["sql/read"];
const ask = () => Promise.reject(new Error("nobody is asked"));

/** A run of 8 s that may go on until one scenario has so many blocks. */
const until = async (untilDecidedS: number, blocks: number) => {
  const services = fakeServices(["sql", "cache"]);
  const wanting = () => ((countedIn(services)["cache/read"] ?? 0) < blocks ? ["cache/read"] : []);
  const run = await runSmoke(runOptions(services, { budgetS: 8, untilDecidedS, undecided: wanting }));
  return { run, counted: countedIn(services) };
};

describe.concurrent("the warm-up of a run", () => {
  test("loads every service for as long as planned before anything counts, and says so", async () => {
    const services = fakeServices(["sql", "cache"], { effects: ["read", "durable write"] });
    const counted: number[] = [];
    const onResult = ({ scenarios }: SmokeRun) => {
      counted.push(scenarios.filter(({ status }) => status !== "skipped").length);
    };
    const run = await runSmoke(runOptions(services, { budgetS: 10, onResult }));
    expect(run.plan.warmedMs).toEqual({ sql: 940, cache: 940 });
    const all = ["sql/read", "sql/durable-write", "cache/read", "cache/durable-write"];
    expect(services.opened.slice(0, 8)).toEqual([...all, ...all]);
    expect(counted.slice(0, 5)).toEqual([0, 0, 0, 0, 1]);
  });
});

describe.concurrent("the time after the first look", () => {
  test("goes to the undecided scenarios only, and the run ends as soon as all is decided", async () => {
    const services = fakeServices(["sql", "cache"]);
    const looks: Record<string, number>[] = [];
    const wanting = () => {
      looks.push(countedIn(services));
      return looks.length < 3 ? ["cache/read"] : [];
    };
    const run = await runSmoke(runOptions(services, { budgetS: 8, untilDecidedS: 20, undecided: wanting }));
    expect(looks).toEqual([
      { "sql/read": 6, "cache/read": 6 },
      { "sql/read": 6, "cache/read": 9 },
      { "sql/read": 6, "cache/read": 12 },
    ]);
    expect(run.elapsedS).toBeLessThan(15);
    expect(run.plan.looks.slice(0, 4)).toEqual([6, 9, 12, 15]);
  });

  test("ends with the budget while scenarios are undecided", async () => {
    const run = await runSmoke(
      runOptions(fakeServices(["sql", "cache"]), { budgetS: 8, undecided: () => ["sql/read", "cache/read"] }),
    );
    expect(run.complete).toBe(true);
    expect(run.elapsedS).toBeGreaterThan(6.4);
    expect(run.elapsedS).toBeLessThanOrEqual(8);
  });

  test("goes beyond the budget until all is decided, and no longer than was allowed", async () => {
    const decided = await until(60, 36);
    expect(decided.counted).toEqual({ "sql/read": 6, "cache/read": 36 });
    const never = await until(11, Infinity);
    expect(never.run.elapsedS).toBeGreaterThan(9);
    expect(never.run.elapsedS).toBeLessThanOrEqual(11);
  });
});

describe.concurrent("the offer to measure on", () => {
  test("is made once, after the budget, and a no ends the run", async () => {
    const asked: (readonly [Outlook, number])[] = [];
    const run = await runSmoke(
      runOptions(fakeServices(["sql", "cache"]), {
        budgetS: 8,
        undecided,
        extension: {
          outlook: () => OUTLOOK,
          ask: async (outlook, atMostS) => {
            asked.push([outlook, atMostS]);
            await sleep(500);
            return false;
          },
        },
      }),
    );
    expect(asked).toEqual([[OUTLOOK, 20]]);
    expect(run.elapsedS, "without the time until the answer").toBeLessThanOrEqual(8);
  });

  test("gives the undecided scenarios more blocks after a yes", async () => {
    let asked = 0;
    const services = fakeServices(["sql", "cache"]);
    await runSmoke(
      runOptions(services, {
        budgetS: 8,
        undecided: () => ((countedIn(services)["sql/read"] ?? 0) < 36 ? ["sql/read"] : []),
        extension: {
          outlook: () => OUTLOOK,
          ask: async () => {
            asked += 1;
            return true;
          },
        },
      }),
    );
    expect(asked).toBe(1);
    expect(countedIn(services)).toEqual({ "sql/read": 36, "cache/read": 6 });
  });

  test("is not made if nothing is undecided, or if more blocks would not decide it", async () => {
    const all = await runSmoke(
      runOptions(fakeServices(["sql"]), {
        budgetS: 8,
        undecided: () => [],
        extension: { outlook: () => OUTLOOK, ask },
      }),
    );
    const hopeless = await runSmoke(
      runOptions(fakeServices(["sql"]), {
        budgetS: 8,
        undecided,
        extension: { outlook: () => ({ ...OUTLOOK, decidable: 0 }), ask },
      }),
    );
    expect([all.complete, hopeless.complete]).toEqual([true, true]);
  });
});

describe.concurrent("a run that does not hold everything", () => {
  test("measures every service, and names what it left out and the seconds that hold all", async () => {
    const services = fakeServices(["sql", "cache", "queue"], { effects: ["durable write", "read", "volatile write"] });
    const run = await runSmoke(runOptions(services, { budgetS: 7 }));
    expect(run.complete).toBe(true);
    expect(run.elapsedS).toBeLessThanOrEqual(7);
    expect(run.scenarios.filter(({ effect }) => effect === "read")).toHaveLength(3);
    expect(run.scenarios.length).toBeLessThan(9);
    expect(run.warnings.join(" ")).toMatch(/left out for time: .*queue\/volatile-write; .* would hold all/);
  });

  test("leaves out more once it knows how long connecting takes", async () => {
    const services = fakeServices(["slow"], { effects: ["read", "durable write", "volatile write"], connectMs: 500 });
    const run = await runSmoke(runOptions(services, { budgetS: 12 }));
    expect(run.complete).toBe(true);
    expect(run.scenarios.map(({ name }) => name)).not.toContain("slow/volatile-write");
    expect(run.warnings.join(" ")).toContain("left out for time: ");
  });
});

describe.concurrent("the progress of a run", () => {
  test("tells the warm-up, the blocks with the seconds left, and how many scenarios are decided", async () => {
    const events: Progress[] = [];
    await runSmoke(
      runOptions(fakeServices(["sql", "cache"]), {
        budgetS: 8,
        report: (event) => events.push(event),
        undecided: () => ["cache/read"],
      }),
    );
    const steps = events.flatMap((event) => (event.kind === "step-progress" ? [event] : []));
    expect(steps[0]?.detail).toBe("warm-up, sql");
    expect(steps.map(({ detail }) => detail)).toContainEqual(expect.stringMatching(/^block 1 of 6, ~\d s$/));
    expect(steps.map(({ detail }) => detail)).toContainEqual(expect.stringMatching(/^block 7: 1 of 2 decided, ~\d s$/));
    const shares = steps.map(({ share = -1 }) => share);
    expect(shares).toEqual(shares.toSorted((left, right) => left - right));
    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
  });
});
