/** Finds the figures that a claim refers to. */
import type { LoadToolFormat } from "../../core/service/load-tool-format.ts";
import type { Figure, ReferenceBaseline, ReferenceRow } from "../../core/results/reference.ts";
import { scaled } from "./rules/interval.ts";
import { readOutput } from "./read-output.ts";
import { parseStated, statedNumber, type Stated } from "./rules/stated.ts";

/** A document, with the knowledge needed to read it. */
export interface Source {
  readonly document: ReferenceBaseline;
  readonly tools: readonly LoadToolFormat[];
}

export const LATENCIES = ["meanMs", "p50Ms", "p95Ms", "p99Ms", "maxMs"] as const;

/** Returns undefined if the document has no such figure. */
export function figureOf(source: Source, figure: Figure): Stated | undefined {
  if ("printed" in figure) return parseStated(figure.printed);
  if ("output" in figure) return outputFigure(source, figure);
  const found = rowFigure(source.document, figure) ?? cellFigure(source.document, figure);
  if (found === undefined || figure.times === undefined) return found;
  return { ...found, ...scaled(found, figure.times), text: `${figure.times} × ${found.text}` };
}

/** Describes a figure by its row and column: "GET /health/all p95 75 ms". */
export function describeFigure(source: Source, figure: Figure): string {
  const text = figureOf(source, figure)?.text ?? "?";
  if ("printed" in figure) return text;
  if ("output" in figure) return `${figure.value} ${text} in the output`;
  return `${figure.row} ${fieldName(figure.field)} ${text} (${figure.table})`;
}

/** Returns where a table's rows are: the section and the line numbers. */
export function placeOf({ document }: Source, table: string): string {
  return document.tables.find(({ id }) => id === table)?.section ?? table;
}

export function toolOf({ tools }: Source, name: string | undefined): LoadToolFormat | undefined {
  return tools.find((tool) => tool.name === name);
}

export function fieldName(field: string): string {
  return field.replace(/Ms$/, "");
}

function outputFigure(
  source: Source,
  { output, value }: { readonly output: string; readonly value: string },
): Stated | undefined {
  const found = source.document.toolOutputs.find(({ id }) => id === output);
  const tool = toolOf(source, found?.tool);
  return found && tool ? readOutput(found, tool).values.get(value) : undefined;
}

interface Cell {
  readonly table: string;
  readonly row: string;
  readonly field: string;
}

function rowFigure({ rows }: ReferenceBaseline, { table, row, field }: Cell): Stated | undefined {
  const found = rows.find((candidate) => candidate.table === table && candidate.operation === row);
  return found && rowField(found, field);
}

function rowField(row: ReferenceRow, field: string): Stated | undefined {
  if (field === "throughput") return row.throughput === undefined ? undefined : statedNumber(row.throughput);
  const latency = LATENCIES.find((known) => known === field);
  const value = latency && row[latency];
  return value === undefined ? undefined : statedNumber(value, "ms");
}

function cellFigure({ tables }: ReferenceBaseline, { table, row, field }: Cell): Stated | undefined {
  const { columns = [], rows = [], total } = tables.find(({ id }) => id === table) ?? {};
  const found = [...rows, ...(total ? [total] : [])].find(({ cells }) => cells[0] === row);
  const cell = found?.cells[columns.indexOf(field)];
  return cell === undefined ? undefined : parseStated(cell);
}
