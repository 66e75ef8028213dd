import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Step } from "../../../stack/core/plan/action.ts";
import { STEPS_AT_ONCE, walk } from "../../../stack/converge/execution/walk.ts";

const step = (id: string, after: readonly string[] = []): Step => ({
  kind: "write-file",
  path: id,
  keepCopy: false,
  cause: "a test",
  id,
  after,
});

const never = new AbortController().signal;
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Steps that come after some of those before them, each of which takes so many turns. */
const arbitrarySteps = fc
  .array(fc.record({ after: fc.array(fc.nat(), { maxLength: 3 }), turns: fc.nat({ max: 4 }) }), { maxLength: 120 })
  .map((list) =>
    list.map(({ after, turns }, index) => {
      const before = index === 0 ? [] : after.map((each) => `${each % index}`);
      return { step: step(`${index}`, before), turns };
    }),
  );

describe("a walk", () => {
  test("must begin each step once, when those before it are done, and no more at once than it may", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrarySteps, async (list) => {
        const turns = new Map(list.map((each) => [each.step.id, each.turns]));
        const begun: string[] = [];
        const done = new Set<string>();
        await walk(
          list.map((each) => each.step),
          {
            perform: async ({ id, after }) => {
              begun.push(id);
              for (const before of after) expect(done).toContain(before);
              expect(begun.length - done.size).toBeLessThanOrEqual(STEPS_AT_ONCE);
              for (let turn = 0; turn < (turns.get(id) ?? 0); turn += 1) await soon();
            },
            done: ({ id }) => done.add(id),
            signal: never,
          },
        );
        expect(begun.toSorted()).toEqual(list.map((each) => each.step.id).toSorted());
        expect(done.size).toBe(list.length);
      }),
    );
  });

  test("must do side by side what does not depend on each other", async () => {
    let together = 0;
    const arrived: (() => void)[] = [];
    await walk([step("a"), step("b"), step("c")], {
      perform: async () => {
        together += 1;
        if (together === 3) for (const go of arrived) go();
        else await new Promise<void>((resolve) => arrived.push(resolve));
      },
      done: () => {},
      signal: never,
    });
    expect(together).toBe(3);
  });

  test("must begin nothing after a failure, tell the steps that run, and reject with the first", async () => {
    const begun: string[] = [];
    const ended: string[] = [];
    const work = walk([step("a"), step("b"), step("c", ["b"])], {
      perform: async ({ id }, ending) => {
        begun.push(id);
        if (id === "a") throw new Error("first");
        await new Promise((_resolve, reject) => {
          ending.addEventListener("abort", () => reject(new Error("second")), { once: true });
        });
      },
      done: ({ id }) => ended.push(id),
      signal: never,
    });
    await expect(work).rejects.toThrow("first");
    expect([begun, ended]).toEqual([["a", "b"], []]);
  });

  test("must reject with what `done` throws: a caller may end the run so", async () => {
    const begun: string[] = [];
    const work = walk([step("a"), step("b", ["a"])], {
      perform: async ({ id }) => {
        begun.push(id);
      },
      done: () => {
        throw new Error("enough");
      },
      signal: never,
    });
    await expect(work).rejects.toThrow("enough");
    expect(begun).toEqual(["a"]);
  });

  test("must begin nothing where the signal has come already", async () => {
    const work = walk([step("a")], {
      perform: () => expect.fail("a step was begun"),
      done: () => {},
      signal: AbortSignal.abort(),
    });
    await expect(work).rejects.toMatchObject({ code: "INTERRUPTED" });
  });

  test("must say which steps wait for one that is not there, which is a defect", async () => {
    const work = walk([step("a"), step("b", ["elsewhere"])], { perform: soon, done: () => {}, signal: never });
    await expect(work).rejects.toThrow("these steps wait for what is not planned: b");
  });
});
