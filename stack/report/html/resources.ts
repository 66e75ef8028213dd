/** The section on resources: what containers and the machine used over the run, with their limits. */
import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import type { ContainerSample as Sample, Resources } from "../../core/results/resources.ts";
import { percentOf } from "../../core/units.ts";
import { markup, type Markup } from "../markup.ts";
import { bar, chart, fixed, horizontal, path, PLOT, yAxis } from "./chart.ts";
import { figures } from "./table.ts";

type Container = Resources["containers"][number];

const HEIGHT = 72;
const TOP = 8;
const BOTTOM = 66;

export function resourcesSection(resources: Resources, cpus: number): Markup {
  const endMs = Math.max(
    1,
    ...resources.machine.map(({ atMs }) => atMs),
    ...resources.containers.flatMap(({ samples }) => samples.map(({ atMs }) => atMs)),
  );
  const seconds = (endMs / 1000).toFixed(0);
  return markup`<section aria-labelledby="resources"><h2 id="resources">Resources</h2>
<p class="lead">${seconds} s of the run, a sample at both ends of every block of a service and one between the rounds; dashed lines are limits.</p>
<p class="legend"><span class="key cpu">cpu, cores</span><span class="key memory">memory, MiB</span><span class="key throttled">held back by the cpu limit, or taken by the hypervisor</span></p>
<div class="cards small">${resources.machine.length > 0 ? machineCard(resources, cpus, endMs) : undefined}
${resources.containers.map((container) => containerCard(container, endMs))}</div>
${resources.notes.map((note) => markup`<p class="remark">${note}</p>`)}
${figures("Figures", HEAD, resources.containers.map(rowOf))}</section>`;
}

function machineCard({ machine }: Resources, cpus: number, endMs: number): Markup {
  const used = machine.map(({ atMs, cpuCores }) => ({ atMs, value: cpuCores }));
  const stolen = machine.map(({ atMs, stealCores }) => ({ atMs, value: stealCores }));
  const steal = meanOver(stolen);
  return markup`<article class="card"><header><h3>machine</h3></header>${overTime({
    title: "Cpu of the machine",
    unit: "cores",
    kind: "cpu",
    points: used,
    held: stolen,
    limit: cpus,
    endMs,
  })}<p class="sub">mean ${fixed(meanOver(used))} of ${cpus} cores, steal ${fixed(steal)}</p></article>`;
}

function containerCard({ instance, cpuLimit, memoryLimitMib, samples }: Container, endMs: number): Markup {
  if (samples.length === 0) return markup``;
  const cpu = {
    title: `Cpu of ${instance}`,
    unit: "cores",
    kind: "cpu",
    points: samples.map(({ atMs, cpuCores }) => ({ atMs, value: cpuCores })),
    held: samples.map(({ atMs, throttled }) => ({ atMs, value: throttled * cpuLimit })),
    limit: cpuLimit,
    endMs,
  } as const;
  const memory = {
    title: `Memory of ${instance}`,
    unit: "MiB",
    kind: "memory",
    points: samples.map(({ atMs, memoryMib }) => ({ atMs, value: memoryMib })),
    held: [],
    limit: memoryLimitMib,
    endMs,
  } as const;
  return markup`<article class="card"><header><h3>${instance}</h3></header>${overTime(cpu)}${overTime(memory)}<p class="sub">${toldOf(samples)}</p></article>`;
}

interface Series {
  readonly title: string;
  readonly unit: string;
  readonly kind: "cpu" | "memory";
  readonly points: readonly Point[];
  /** In the unit of the points, drawn over them. */
  readonly held: readonly Point[];
  readonly limit: number;
  readonly endMs: number;
}

interface Point {
  readonly atMs: number;
  readonly value: number;
}

function overTime({ title, unit, kind, points, held, limit, endMs }: Series): Markup {
  const most = Math.max(limit, ...points.map(({ value }) => value));
  const x = scaleLinear([0, endMs], [PLOT.from, PLOT.to]);
  const y = scaleLinear([0, most], [BOTTOM, TOP]);
  const place = { x: ({ atMs }: Point) => fixed(x(atMs)), y: ({ value }: Point) => fixed(y(value)) };
  const filled = area<Point>(place.x, BOTTOM, place.y);
  const values = points.map(({ value }) => value);
  const drawing = chart({
    title,
    description: `Mean ${fixed(meanOver(points))}, at most ${fixed(Math.max(0, ...values))} of ${fixed(limit)} ${unit}.`,
    height: HEIGHT,
    content: [
      ...yAxis(y.ticks(2).map((value) => ({ at: y(value), text: value.toLocaleString("en-US") }))),
      path(`area-${kind}`, filled([...points]), HEIGHT),
      path(`line-${kind}`, line<Point>(place.x, place.y)([...points]), HEIGHT),
      ...(held.some(({ value }) => value > 0) ? [path("area-throttled", filled([...held]), HEIGHT)] : []),
      horizontal("limit", PLOT, y(limit)),
      bar("floor", PLOT, BOTTOM, 1),
    ],
  });
  return markup`<figure><figcaption>${kind}, limit ${limit.toLocaleString("en-US")} ${limit === 1 && unit === "cores" ? "core" : unit}</figcaption>${drawing}</figure>`;
}

const HEAD = [
  "container",
  "cpu mean",
  "cpu most",
  "cpu limit",
  "throttled",
  "memory most",
  "memory limit",
  "limit hits",
  "pages reread",
];

function rowOf({ instance, cpuLimit, memoryLimitMib, samples }: Container): readonly string[] {
  const cpu = samples.map(({ cpuCores }) => cpuCores);
  return [
    instance,
    `${fixed(meanOver(samples.map(({ atMs, cpuCores }) => ({ atMs, value: cpuCores }))))}`,
    `${fixed(Math.max(0, ...cpu))}`,
    `${cpuLimit}`,
    percentOf(meanThrottled(samples)),
    `${Math.round(Math.max(0, ...samples.map(({ memoryMib }) => memoryMib)))} MiB`,
    `${Math.round(memoryLimitMib)} MiB`,
    String(sum(samples.map(({ memoryLimitHits }) => memoryLimitHits))),
    String(sum(samples.map(({ pagesReread }) => pagesReread))),
  ];
}

function toldOf(samples: readonly Sample[]): string {
  const throttled = meanThrottled(samples);
  const limitHits = sum(samples.map(({ memoryLimitHits }) => memoryLimitHits));
  const killed = sum(samples.map(({ oomKills }) => oomKills));
  return [
    throttled === 0 ? "never held back by its cpu limit" : `held back in ${percentOf(throttled)} of the time`,
    ...(limitHits === 0 ? [] : [`memory limit hit ${limitHits} times`]),
    ...(killed === 0 ? [] : [`${killed} processes ended for lack of memory`]),
  ].join(", ");
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function meanThrottled(samples: readonly Sample[]): number {
  return meanOver(samples.map(({ atMs, throttled }) => ({ atMs, value: throttled })));
}

/** Mean over the time, because samples differ in length: each covers the time since the one before. */
function meanOver(points: readonly Point[]): number {
  const lengths = points.map(({ atMs }, index) => atMs - (points[index - 1]?.atMs ?? 0));
  const weighted = points.map(({ value }, index) => value * (lengths[index] ?? 0));
  return sum(lengths) === 0 ? 0 : sum(weighted) / sum(lengths);
}
