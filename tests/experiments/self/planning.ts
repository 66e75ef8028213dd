/** What planning and rendering cost, for stacks of growing size. */
import { summarise, type Summary } from "./samples.ts";
import { composeFiles } from "../../../stack/render/compose.ts";
import { renderStack } from "../../../stack/render/stack.ts";
import { NOTHING_THERE, observedAs, planSynthetic, syntheticStack } from "./synthetic.ts";

const SIZES = [10, 100, 1000] as const;

/** One run for the compiler; not counted. */
const WARM_UP = 2;

export interface PlanningCost {
  readonly services: number;
  readonly perPlan: Summary;
  readonly perServiceMs: number;
  /** Rendering compose.yaml, tuning.env and every conf file, in memory. */
  readonly perRendering: Summary;
}

/** Plans each stack `rounds` times against a world in which everything is as wanted, so the plan is always empty. */
export function measurePlanning(rounds: number): readonly PlanningCost[] {
  const cases = SIZES.map((services) => {
    const stack = syntheticStack(services);
    const observed = observedAs(planSynthetic(stack, NOTHING_THERE));
    return { services, stack, observed, durationsMs: new Array<number>(), renderingsMs: new Array<number>() };
  });
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const { stack, observed, durationsMs, renderingsMs } of cases) {
      const startedAt = performance.now();
      const { actions, desired } = planSynthetic(stack, observed);
      const plannedAt = performance.now();
      renderStack(desired, composeFiles);
      const renderedAt = performance.now();
      if (actions.length > 0) throw new Error(`${actions.length} actions are planned where nothing is to be done`);
      if (round < 0) continue;
      durationsMs.push(plannedAt - startedAt);
      renderingsMs.push(renderedAt - plannedAt);
    }
  }
  return cases.flatMap(({ services, durationsMs, renderingsMs }) => {
    const [perPlan, perRendering] = [summarise(durationsMs), summarise(renderingsMs)];
    if (!perPlan || !perRendering) return [];
    return [{ services, perPlan, perRendering, perServiceMs: Math.round((perPlan.medianMs / services) * 1000) / 1000 }];
  });
}

/** Growth from a hundred services to a thousand: 10 for linear cost, 100 for quadratic. */
export function growth(costs: readonly PlanningCost[]): number | undefined {
  const at = (services: number) => costs.find((cost) => cost.services === services)?.perPlan.medianMs;
  const [hundred, thousand] = [at(100), at(1000)];
  return hundred && thousand ? Math.round((thousand / hundred) * 10) / 10 : undefined;
}
