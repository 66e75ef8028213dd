/** Draws the start of the stack as a timeline: what waited for what, and for how long. */
import { scaleLinear } from "d3-scale";
import { durationText, whenText } from "../text/figures.ts";
import { markup, type Markup } from "../markup.ts";
import type { StartUpTrace } from "../../core/results/start-up-trace.ts";
import { bar, dot, horizontal } from "./chart.ts";
import { ROW_MIDDLE, rowsChart, type Row } from "./rows.ts";
import { figures } from "./table.ts";

type Service = StartUpTrace["services"][number];
type Phase = StartUpTrace["phases"][number];

export function startUpSection(trace: StartUpTrace): Markup {
  const { services, phases, startedAt, command, profile } = trace;
  const rows = services.map((service) => [
    service.service,
    service.createdMs === undefined ? "was there" : durationText(service.createdMs),
    durationText(service.runningMs),
    durationText(service.firstAnswerMs),
    durationText(service.preparedMs),
    durationText(service.readyMs),
    service.prepared.join(", ") || "nothing",
  ]);
  const head = ["service", "created", "running", "first answer", "prepared", "ready", "done once"];
  const last = Math.max(0, ...services.map(({ readyMs }) => readyMs));
  return markup`<section aria-labelledby="start-up"><h2 id="start-up">Start-up</h2>
<p class="lead">Every service worked after ${durationText(last)}: <code>${command}</code> of profile ${profile}, ${whenText(startedAt)}.</p>
<p class="legend"><span class="key created">created</span><span class="key running">running, no answer yet</span><span class="key preparing">one-time steps and first use</span><span class="key ready">ready</span></p>
<figure>${timeline(trace, last)}</figure>
${figures("Times since the start of the command", head, rows)}
${figures(
  "Phases of the command",
  ["phase", "from", "took"],
  phases.map(({ name, startedMs, durationMs }) => [name, durationText(startedMs), durationText(durationMs)]),
)}</section>`;
}

function timeline({ services, phases }: StartUpTrace, last: number): Markup {
  const end = Math.max(1, last, ...phases.map(({ startedMs, durationMs }) => startedMs + durationMs));
  const x = scaleLinear([0, end], [0, 99]);
  const ticks = x.ticks(6).map((value) => ({ at: x(value), text: value === 0 ? "0" : `${value / 1000} s` }));
  return rowsChart(
    [...phases.map((phase) => phaseRow(phase, x)), ...services.map((service) => serviceRow(service, x))],
    ticks,
  );
}

/** Minimum width in percent, so that a phase of some milliseconds in a start of minutes is visible. */
const LEAST_WIDTH = 0.4;

function phaseRow({ name, startedMs, durationMs }: Phase, x: (value: number) => number): Row {
  const from = x(startedMs);
  return {
    name,
    value: durationText(durationMs),
    tone: "quiet",
    description: `from ${durationText(startedMs)}, took ${durationText(durationMs)}`,
    content: [bar("phase", { from, to: Math.max(x(startedMs + durationMs), from + LEAST_WIDTH) }, ROW_MIDDLE - 2, 4)],
  };
}

function serviceRow(times: Service, x: (value: number) => number): Row {
  const { service, createdMs, runningMs, firstAnswerMs, readyMs } = times;
  return {
    name: service,
    value: durationText(readyMs),
    tone: "",
    description: `first answer after ${durationText(firstAnswerMs)}, ready after ${durationText(readyMs)}`,
    content: [
      ...(createdMs === undefined ? [] : [horizontal("created", { from: x(createdMs), to: x(runningMs) }, ROW_MIDDLE)]),
      bar("running", { from: x(runningMs), to: x(firstAnswerMs) }, ROW_MIDDLE - 4, 8),
      bar("preparing", { from: x(firstAnswerMs), to: x(readyMs) }, ROW_MIDDLE - 4, 8),
      dot("ready", x(readyMs), ROW_MIDDLE, 5),
    ],
  };
}
