/** The section on the machine now: its part of the verdict, who used it beside the stack, and how much over the run. */
import { scaleLinear } from "d3-scale";
import { mean } from "simple-statistics";
import { isMeasured } from "../../core/results/baseline.ts";
import type { MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import type { MachineVerdict, VerdictReport } from "../../core/results/verdict.ts";
import type { MachineShare } from "../../core/results/work.ts";
import { percentOf } from "../../core/units.ts";
import { markup, type Markup } from "../markup.ts";
import { coresText, machineText } from "../text/machine.ts";
import { bar, chart, horizontal, PLOT, yAxis } from "./chart.ts";
import { figures } from "./table.ts";

const HEIGHT = 96;
const TOP = 8;
const BOTTOM = 88;

/** Returns undefined if no block was read, as in older runs. */
export function machineSection(run: SmokeRun, verdict: VerdictReport | undefined): Markup | undefined {
  const scenarios = run.scenarios.filter(isMeasured);
  const rows = scenarios.flatMap(rowsOf);
  if (rows.length === 0) return undefined;
  const machine = verdict?.machine;
  const shares = sharesOf(run);
  return markup`<section aria-labelledby="machine"><h2 id="machine">The machine now</h2>
<p class="lead">${machine ? `${machineText(machine)}.` : "What others than the stack and this client used."}</p>
${machine && neighbours(machine)}
${
  shares.length > 0
    ? markup`<p class="legend"><span class="key others">cpu of others in each block, cores</span>${machine && markup`<span class="key before">at the baseline</span>`}</p>
<figure>${drawing(shares, machine, run.fingerprint.cpus)}</figure>`
    : undefined
}
${figures("Machine by scenario", ["scenario", "others", "hypervisor", "held back by the limit", "threads waiting"], rows)}</section>`;
}

function neighbours({ neighbours: found }: MachineVerdict): Markup | undefined {
  if (found.length === 0) return undefined;
  const items = found.map(({ name, cores }) => markup`<div><dt>${name}</dt><dd>${coresText(cores)} cores</dd></div>`);
  return markup`<h3>Beside the stack</h3><dl class="facts">${items}</dl>`;
}

interface Share {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly otherCores: number;
}

/** Returns the share of every block with its time. Times exist of warm-up blocks too: the last ones are those kept. */
function sharesOf({ scenarios, resources }: SmokeRun): readonly Share[] {
  return scenarios.filter(isMeasured).flatMap(({ name, blocks }) => {
    const times = (resources?.blocks ?? []).filter(({ scenario }) => scenario === name).slice(-blocks.length);
    return times.flatMap(({ fromMs, untilMs }, index) => {
      const machine = blocks[blocks.length - times.length + index]?.machine;
      return machine ? [{ fromMs, untilMs, otherCores: machine.otherCores + machine.stealCores }] : [];
    });
  });
}

/** Minimum width in percent: a block of a tenth of a second in a run of minutes must be visible. */
const LEAST_WIDTH = 0.3;

function drawing(shares: readonly Share[], machine: MachineVerdict | undefined, cpus: number): Markup {
  const values = shares.map(({ otherCores }) => otherCores);
  const most = Math.max(...values, machine?.otherCores.before ?? 0, cpus / 2);
  const y = scaleLinear([0, most], [BOTTOM, TOP]);
  const x = scaleLinear([0, Math.max(...shares.map(({ untilMs }) => untilMs))], [PLOT.from, PLOT.to]);
  const before = machine && `, at the baseline ${coresText(machine.otherCores.before)}`;
  return chart({
    title: "Cpu of others in each block",
    description: `${shares.length} blocks: mean ${coresText(mean(values))}, at most ${coresText(Math.max(...values))} of ${cpus} cores${before ?? ""}.`,
    height: HEIGHT,
    content: [
      ...yAxis(y.ticks(3).map((value) => ({ at: y(value), text: value.toLocaleString("en-US") }))),
      ...shares.map(({ fromMs, untilMs, otherCores }) => {
        const from = x(fromMs);
        const span = { from, to: Math.max(x(untilMs), from + LEAST_WIDTH) };
        return bar("others", span, y(otherCores), BOTTOM - y(otherCores));
      }),
      ...(machine ? [horizontal("line-before", PLOT, y(machine.otherCores.before))] : []),
      bar("floor", PLOT, BOTTOM, 1),
    ],
  });
}

/** Returns one row, or none if no block was read. */
function rowsOf({ name, blocks }: MeasuredScenario): readonly (readonly string[])[] {
  const shares = blocks.flatMap(({ machine }) => machine ?? []);
  if (shares.length === 0) return [];
  const average = (read: (share: MachineShare) => number) => mean(shares.map(read));
  const waiting = shares.flatMap(({ serverWaiting }) => serverWaiting ?? []);
  const row = [
    name,
    `${coresText(average(({ otherCores }) => otherCores))} cores`,
    `${coresText(average(({ stealCores }) => stealCores))} cores`,
    percentOf(average(({ heldBack }) => heldBack)),
    waiting.length === 0 ? "\u2013" : coresText(mean(waiting)),
  ];
  return [row];
}
