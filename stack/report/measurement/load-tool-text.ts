/** The figures of the servers' own load tools, beside the figures from the host. Pure. */
import { percentChange } from "../../core/units.ts";
import { isMeasured } from "../../core/results/baseline.ts";
import type { MeasuredScenario, LoadToolOutcome, SmokeRun } from "../../core/results/measurement.ts";
import { medianOf } from "../../judge/stats/median.ts";
import { table } from "../text/table.ts";
import { durationText, rate } from "../text/figures.ts";

/** Returns one line per scenario, and why others have none; empty if no tool was requested. */
export function loadToolSection(run: SmokeRun): string {
  const scenarios = run.scenarios.filter(isMeasured);
  const rows = scenarios.flatMap((scenario) =>
    scenario.native?.status === "measured" ? [rowOf(scenario, scenario.native)] : [],
  );
  const head = ["scenario", "tool", "from the host", "in the container", "difference", "mean", "mean there"];
  return [...(rows.length > 0 ? [...TITLE, table([head, ...rows])] : []), ...absences(scenarios)].join("\n");
}

const TITLE = [
  "The same operations by the servers' own tools, in the containers and with as many clients: the difference is the cost",
  "of the machine's network and of the client here. A tool shares the cpu limit of its container with the server.",
];

type Measured = Extract<LoadToolOutcome, { readonly status: "measured" }>;

function rowOf({ name, blocks }: MeasuredScenario, { tool, runs }: Measured): readonly string[] {
  const here = medianOf(blocks.map(({ throughput }) => throughput)).median;
  const there = medianOf(runs.map(({ throughput }) => throughput)).median;
  return [
    name,
    tool,
    `${rate(here)}/s`,
    `${rate(there)}/s`,
    percentChange(Math.log(here / there)),
    durationText(medianOf(blocks.map(({ meanMs }) => meanMs)).median),
    durationText(medianOf(runs.map(({ meanMs }) => meanMs)).median),
  ];
}

/** Returns one line per reason: an image without the tool has none for all its scenarios. */
function absences(scenarios: readonly MeasuredScenario[]): readonly string[] {
  const names = new Map<string, string[]>();
  for (const { name, native } of scenarios) {
    if (native?.status === "absent") names.set(native.reason, [...(names.get(native.reason) ?? []), name]);
  }
  return [...names].map(([reason, of]) => `not measured in the container: ${of.join(", ")}: ${reason}`);
}
