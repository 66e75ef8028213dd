/** Physical bounds: no operation is faster than the round trips and synced writes that it waits for. */
import { median } from "simple-statistics";
import { brokenBounds } from "../../expectation/bounds.ts";
import type { Finding } from "../../../core/results/finding.ts";
import type { RecordedScenario } from "../recorded.ts";
import { show } from "./stated.ts";

/** The load loop's ceiling is measured once, for some milliseconds, on a machine that does other work too. */
const ALLOWANCE = 2;

/** Checks the bounds of every result, and the ceiling of the load generator, which no server can exceed either. */
export function physicalBounds({ place, scenario, run }: RecordedScenario): readonly Finding[] {
  const { calibration } = run;
  const broken = brokenBounds(scenario, calibration).map((text) =>
    finding(place, text.replace(/^impossible: /, ""), []),
  );
  if (calibration === undefined || scenario.blocks.length === 0) return broken;
  const throughput = median(scenario.blocks.map((block) => block.throughput));
  const { loaderCeiling } = calibration;
  if (throughput <= ALLOWANCE * loaderCeiling) return broken;
  const text = `${show(throughput)} /s > ${ALLOWANCE} × ${show(loaderCeiling)} /s, the loop with an operation that does nothing`;
  return [...broken, finding(place, "more operations than the load generator can start", [text])];
}

function finding(place: string, says: string, arithmetic: readonly string[]): Finding {
  return { rule: "physical bounds", severity: "impossible", place, lines: [], says, arithmetic: [...arithmetic] };
}
