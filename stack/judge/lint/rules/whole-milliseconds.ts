/** A rate computed from a count and a time in whole milliseconds can only have certain values. */
import type { LoadToolFormat } from "../../../core/service/load-tool-format.ts";
import type { ToolOutput } from "../../../core/results/reference.ts";
import { toolOf, type Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";
import { middle } from "./interval.ts";
import { readOutput, type PrintedFigures } from "../read-output.ts";
import { show } from "./stated.ts";

/** The tool divides single-precision numbers: 24 bits, two roundings. */
const SINGLE_PRECISION = 2 ** -22;

export function wholeMilliseconds(source: Source): readonly Finding[] {
  return source.document.toolOutputs.flatMap((output) => {
    const tool = toolOf(source, output.tool);
    if (tool?.wholeMilliseconds === undefined) return [];
    const { requests, isStated } = requestsOf(output, tool, readOutput(output, tool));
    const durations = readOutput(output, tool).rates.map(({ name, rate }) => durationOf(name, rate, requests));
    const found = { output, requests, durations, because: tool.wholeMilliseconds.because };
    return [...impossible(found, isStated), ...coarse(found)];
  });
}

interface Case {
  readonly output: ToolOutput;
  readonly requests: number;
  readonly because: string;
  readonly durations: readonly Duration[];
}

interface Duration {
  readonly name: string;
  readonly text: string;
  /** The nearest whole number of milliseconds. */
  readonly ms: number;
  /** The rates of the whole milliseconds below and above. */
  readonly neighbours: readonly [slower: number, faster: number];
  readonly fits: boolean;
}

/** Finds impossible rates. Without a command line, the default count is used only if most rates agree with it. */
function impossible({ output, requests, because, durations }: Case, isStated: boolean): readonly Finding[] {
  const wrong = durations.filter(({ fits }) => !fits);
  if (wrong.length === 0) return [];
  const isProven = isStated || 2 * wrong.length < durations.length;
  const others = isStated
    ? "the command line"
    : `the default, which ${durations.length - wrong.length} other rates fit`;
  return wrong.map(({ name, text, neighbours: [slower, faster] }) => ({
    rule: "whole milliseconds" as const,
    severity: isProven ? ("impossible" as const) : ("suspicious" as const),
    place: output.section,
    lines: [lineOf(output, name)],
    says: `${name}: ${output.tool} cannot print ${text}`,
    arithmetic: [
      `${show(requests)} requests (${others}) / ${text} /s = ${show((requests / Number(text.replaceAll(",", ""))) * 1000)} ms`,
      `the nearest rates are ${show(slower)} and ${show(faster)}: ${because}`,
    ],
  }));
}

/** Fewer durations are round by chance too easily. */
const DURATIONS_MINIMUM = 5;
const ROUND_MS = 100;

/** Finds durations that are all whole tenths of a second: these were typed, not measured by a clock. */
function coarse({ output, requests, durations }: Case): readonly Finding[] {
  const fitting = durations.filter(({ fits }) => fits);
  const round = fitting.filter(({ ms }) => ms % ROUND_MS === 0);
  if (round.length < DURATIONS_MINIMUM || round.length < fitting.length) return [];
  return [
    {
      rule: "whole milliseconds",
      severity: "suspicious",
      place: output.section,
      lines: round.map(({ name }) => lineOf(output, name)),
      says: `${round.length} durations are all whole tenths of a second; by chance, once in 10^${2 * round.length}`,
      arithmetic: round.map(({ name, text, ms }) => `${name}: ${show(requests)} / ${text} /s = ${show(ms / 1000)} s`),
    },
  ];
}

function requestsOf(output: ToolOutput, tool: LoadToolFormat, printed: PrintedFigures) {
  const flag = tool.flags.requests === undefined ? undefined : printed.flags.get(tool.flags.requests);
  const isStated = output.argv !== undefined;
  return { requests: Number(flag ?? tool.wholeMilliseconds?.defaultRequests), isStated };
}

function durationOf(name: string, rate: { low: number; high: number; text: string }, requests: number): Duration {
  const value = middle(rate);
  const exactMs = (requests / value) * 1000;
  const rateAt = (ms: number) => requests / (ms / 1000);
  const ms = Math.round(exactMs);
  const slack = value * SINGLE_PRECISION;
  const fits = rateAt(ms) >= rate.low - slack && rateAt(ms) <= rate.high + slack;
  const neighbours = [rateAt(Math.ceil(exactMs)), rateAt(Math.floor(exactMs))] as const;
  return { name, text: rate.text, ms, neighbours, fits };
}

function lineOf(output: ToolOutput, name: string): number {
  return (
    output.line +
    Math.max(
      0,
      output.lines.findIndex((line) => line.startsWith(`${name}:`)),
    )
  );
}
