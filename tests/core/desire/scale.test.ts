/** How the planner grows with the stack. Times are compared with each other and never with a clock's idea of fast. */
import { expect, test } from "vitest";
import { isStart } from "../../../stack/core/plan/action.ts";
import { NOTHING_THERE, observedAs, planSynthetic, syntheticStack } from "../../experiments/self/synthetic.ts";

/** Ten times the services take ten times the time; what grows with the square takes a hundred times. */
const LINEAR_ENOUGH = 30;
const ROUNDS = 20;
/** Forty plans of up to a second each, on a machine that is busy with other tests. */
const TEST_DEADLINE_MS = 60_000;

test(
  "planning a thousand services must take less than thirty times as long as planning a hundred",
  () => {
    const [hundred, thousand] = [100, 1000].map(syntheticStack);
    if (!hundred || !thousand) throw new Error("two stacks were asked for");
    const time = (stack: typeof hundred) => {
      const startedAt = performance.now();
      planSynthetic(stack, NOTHING_THERE);
      return performance.now() - startedAt;
    };
    time(thousand); // compiles what is measured
    // The quickest of each, over as many rounds as it takes: what else the machine does can only add to a time.
    const quickest = { hundred: Number.POSITIVE_INFINITY, thousand: Number.POSITIVE_INFINITY };
    for (let round = 0; round < ROUNDS && growth(quickest) >= LINEAR_ENOUGH; round += 1) {
      quickest.hundred = Math.min(quickest.hundred, time(hundred));
      quickest.thousand = Math.min(quickest.thousand, time(thousand));
    }
    expect(growth(quickest)).toBeLessThan(LINEAR_ENOUGH);
  },
  TEST_DEADLINE_MS,
);

/** Infinite before the first round. */
function growth({ hundred, thousand }: { readonly hundred: number; readonly thousand: number }): number {
  return Number.isFinite(thousand) ? thousand / hundred : Number.POSITIVE_INFINITY;
}

test("a thousand services that run as they are wanted must need no action", () => {
  const stack = syntheticStack(1000);
  const first = planSynthetic(stack, NOTHING_THERE);
  expect(first.actions.filter(isStart)).toHaveLength(1000);
  expect(planSynthetic(stack, observedAs(first)).actions).toEqual([]);
});

test("one setting that differs among a thousand services must be the only action", () => {
  const stack = syntheticStack(1000);
  const wanted = observedAs(planSynthetic(stack, NOTHING_THERE));
  const effective = new Map(wanted.effective).set(
    "service-500",
    new Map([...(wanted.effective.get("service-500") ?? [])].with(0, ["setting_0", { value: 1 }])),
  );
  const { actions } = planSynthetic(stack, { ...wanted, effective });
  expect(actions).toMatchObject([
    { kind: "apply-settings", instance: "service-500", changes: [{ name: "setting_0" }] },
  ]);
});
