/** The result of `bench:variance` as a document and as text. Pure. */
import { mean, median } from "simple-statistics";
import { deviationOf } from "../../../stack/judge/stats/effect.ts";
import { table } from "../../../stack/report/text/table.ts";
import type { Variance } from "./measure.ts";
import { components, type Component } from "./nested.ts";
import type { Measured, Observed, Timed, ToolPair } from "./results.ts";
import { explain, type Explained } from "./regression.ts";
import { bestWindowMs, errorWithin } from "./suggest.ts";

/** The time for which errors of different windows and numbers of clients are compared: a scenario's part of a run. */
const COMPARED_MS = 2000;

/** Components of the variance of a figure's logarithm. */
export interface Levels {
  readonly runs: Component;
  readonly connections: Component;
  readonly blocks: Component;
  readonly windows: Component;
}

export interface VarianceRow {
  readonly scenario: string;
  readonly clients: number;
  readonly throughput: Levels;
  readonly cpu: Levels;
  /** What explains the blocks' ln(throughput). */
  readonly explained: Explained | undefined;
  readonly overheadMs: number;
  readonly bestWindowMs: number;
  /** Standard error of a run's mean after `COMPARED_MS` with that window, without the variance between runs. */
  readonly error: number;
  readonly tool: ToolRow | undefined;
}

/** Standard deviations of ln(throughput), and of what other cores do not explain of it. */
export interface ToolRow {
  readonly tool: string;
  readonly count: number;
  readonly ours: Spread;
  readonly theirs: Spread;
}

interface Spread {
  readonly raw: number;
  readonly residual: number;
}

export function varianceDocument({ measured, ...conditions }: Variance) {
  const rows = measured.map((each) => rowOf(each, conditions.design.windowMs));
  return {
    ok: true,
    command: "bench:variance",
    conditions: { ...conditions, node: process.version },
    rows,
    suggestions: suggestionsOf(rows),
    measured,
  };
}

function rowOf({ scenario, clients, observed, overheadMs, tool }: Measured, windowMs: number): VarianceRow {
  const throughput = levelsOf(observed, (each) => Math.log(each.throughput));
  const cost = { ...throughput, windowMs, overheadMs: median([...overheadMs]) };
  const bestMs = bestWindowMs(cost);
  return {
    scenario,
    clients,
    throughput,
    cpu: levelsOf(observed, (each) => Math.log(Math.max(each.serverCpuUs, SMALLEST_US))),
    explained: explainedBy(observed.flat(2)),
    overheadMs: cost.overheadMs,
    bestWindowMs: bestMs,
    error: errorWithin(COMPARED_MS, bestMs, cost),
    tool: tool && toolRow(tool),
  };
}

/** The kernel counts cpu per container in nanoseconds, but an interval without any has no logarithm. */
const SMALLEST_US = 0.01;

function levelsOf(observed: Measured["observed"], read: (observed: Observed) => number): Levels {
  const values = observed.map((run) => run.map((connection) => connection.map((block) => block.map(read))));
  const [runs, connections, blocks, windows] = components(values);
  if (!runs || !connections || !blocks || !windows) throw new RangeError("an observation has four levels");
  return { runs, connections, blocks, windows };
}

/**
 * By the means of blocks. With N clients in a closed loop, throughput is N over what an operation takes: the server's
 * cpu, the client's, and waiting, for which the cores of others stand.
 */
function explainedBy(blocks: readonly (readonly Observed[])[]): Explained | undefined {
  const column = (read: (observed: Observed) => number) => blocks.map((block) => mean(block.map(read)));
  return explain(
    column(({ throughput }) => Math.log(throughput)),
    {
      server: column(({ serverCpuUs }) => Math.log(Math.max(serverCpuUs, SMALLEST_US))),
      client: column(({ clientCpuUs }) => Math.log(Math.max(clientCpuUs, SMALLEST_US))),
      machine: column(({ otherCores, stealCores }) => otherCores + stealCores),
    },
  );
}

function toolRow({ tool, ours, theirs }: ToolPair): ToolRow | undefined {
  if (ours.length < 2 || theirs.length < 2) return undefined;
  return { tool, count: theirs.length, ours: spreadOf(ours), theirs: spreadOf(theirs) };
}

function spreadOf(all: readonly Timed[]): Spread {
  const logs = all.map(({ throughput }) => Math.log(throughput));
  const raw = deviationOf(logs);
  return { raw, residual: explain(logs, { others: all.map(({ otherCores }) => otherCores) })?.residual ?? raw };
}

/** Returns for each scenario the number of clients with the smallest error, and its window. */
function suggestionsOf(rows: readonly VarianceRow[]) {
  const names = [...new Set(rows.map(({ scenario }) => scenario))];
  return names.flatMap((name) => {
    const [best] = rows.filter(({ scenario }) => scenario === name).toSorted((left, right) => left.error - right.error);
    return best ? [{ scenario: name, clients: best.clients, windowMs: best.bestWindowMs, error: best.error }] : [];
  });
}

export type VarianceDocument = ReturnType<typeof varianceDocument>;

export function varianceText({ conditions, rows, suggestions }: VarianceDocument): string {
  const { design, profile, machine, notes } = conditions;
  const levels = ["between runs", "connections", "blocks", "within"];
  const head = ["scenario", "clients", ...levels];
  const levelRow = (which: "throughput" | "cpu") =>
    rows.map((row) => [row.scenario, `${row.clients}`, ...Object.values(row[which]).map(componentText)]);
  const causes = ["scenario", "clients", "server", "client", "machine", "unexplained", "window", "error in 2 s"];
  const tools = rows.flatMap(({ scenario, tool }) => (tool ? [toolCells(scenario, tool)] : []));
  const toolHead = ["scenario", "tool", "runs", "ours", "residual", "tool's", "residual"];
  const [{ throughput } = { throughput: undefined }] = rows;
  const df = throughput ? Object.values(throughput).map((level: Component) => level.df) : [];
  return [
    "ln(throughput): share of the variance, with the standard deviation",
    rows.length === 0 ? "Nothing was measured." : table([head, ...levelRow("throughput")]),
    "ln(cpu per operation of the server)",
    table([head, ...levelRow("cpu")]),
    "What explains the blocks' ln(throughput), and the window that decides most",
    table([causes, ...rows.map(causeCells)]),
    ...(tools.length > 0
      ? ["The server's own load tool, for as long: standard deviations", table([toolHead, ...tools])]
      : []),
    suggestions
      .map(({ scenario, clients, windowMs, error }) => {
        return `${scenario}: ${clients} clients and windows of ${windowMs} ms, error ${percent(error)} in 2 s`;
      })
      .join("\n"),
    ...notes,
    `${design.runs} runs of ${design.connections} connections of ${design.blocks} blocks of ${design.windows} windows of ${design.windowMs} ms; degrees of freedom ${df.join(", ")}; nothing is random. ${profile}, ${machine}.`,
  ].join("\n\n");
}

function componentText({ share, variance }: Component): string {
  return `${Math.round(share * 100)} % (${percent(Math.sqrt(variance))})`;
}

function causeCells({ scenario, clients, explained, bestWindowMs: best, error }: VarianceRow): readonly string[] {
  const parts = ["server", "client", "machine"].map((name) => explained?.parts[name]);
  const shares = [...parts, explained && 1 - explained.share];
  const cells = shares.map((share) => (share === undefined ? "-" : `${Math.round(share * 100)} %`));
  return [scenario, `${clients}`, ...cells, `${best} ms`, percent(error)];
}

function toolCells(scenario: string, { tool, count, ours, theirs }: ToolRow): readonly string[] {
  return [scenario, tool, `${count}`, ...[ours.raw, ours.residual, theirs.raw, theirs.residual].map(percent)];
}

function percent(deviation: number): string {
  return `${(deviation * 100).toFixed(1)} %`;
}
