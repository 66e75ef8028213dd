/** How useful a baseline is, as text for `baseline show`. */
import type { BaselineQuality, ScenarioWidth } from "../../core/results/baseline-quality.ts";
import { table } from "../text/table.ts";

/** `runs`: number of all runs of the baseline. */
export function qualityText({ noise, widths, disturbed, leftOut }: BaselineQuality, runs: number): string {
  const rows = widths.map((width) => [
    width.scenario,
    String(width.runs),
    String(width.blocks),
    `over ${percent(width.excludes)}`,
    widestText(width, runs),
  ]);
  const use = leftOut ? "left out" : "used all the same: too few others";
  return [
    ...(noise === undefined ? [] : [`Noise: ${noise}. A run as long as one of these excludes losses of:`]),
    ...(rows.length === 0 ? [] : [table([["scenario", "runs", "blocks", "loss", ""], ...rows])]),
    ...disturbed.map(({ run, why }) => `run ${run} of ${runs} is disturbed (${use}): ${why}`),
    ...(disturbed.length === 0 ? [] : ["npm run baseline -- drop takes disturbed runs out; record replaces all"]),
  ].join("\n");
}

function widestText({ widest, excludes }: ScenarioWidth, runs: number): string {
  if (!widest) return "";
  return `without run ${widest.run} of ${runs} it would be ${percent(widest.excludes)} instead of ${percent(excludes)}`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
