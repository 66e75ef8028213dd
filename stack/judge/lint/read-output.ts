/** Reads the figures out of a load tool's output. */
import type { LoadToolFormat, PrintedValue } from "../../core/service/load-tool-format.ts";
import type { ToolOutput } from "../../core/results/reference.ts";
import { parseStated, type Stated } from "./rules/stated.ts";

export interface PrintedFigures {
  readonly values: ReadonlyMap<string, Stated>;
  /** By operation, in the order of the output. */
  readonly rates: readonly { readonly name: string; readonly rate: Stated }[];
  readonly percentiles: readonly { readonly percent: number; readonly ms: Stated }[];
  /** Flags of the command line; empty if there is no command line. */
  readonly flags: ReadonlyMap<string, string>;
}

const VALUES: Readonly<Record<PrintedValue, string>> = {
  clients: "",
  seconds: "s",
  operations: "",
  rate: "",
  meanMs: "ms",
  acrossMs: "ms",
};

export function readOutput(output: ToolOutput, tool: LoadToolFormat): PrintedFigures {
  const text = output.lines.join("\n");
  const values = new Map<string, Stated>();
  for (const [name, pattern] of Object.entries(tool.reads)) {
    const found = parseStated(pattern.exec(text)?.[1] ?? "");
    if (found) values.set(name, { ...found, unit: unitOf(name) });
  }
  const rates = pairs(output.lines, tool.readsRates).map(([name, rate]) => ({ name, rate }));
  for (const { name, rate } of rates) values.set(name, rate);
  const percentiles = pairs(output.lines, tool.readsPercentiles).map(([percent, ms]) => {
    return { percent: Number(percent), ms: { ...ms, unit: "ms" } };
  });
  return { values, rates, percentiles, flags: flagsOf(output.argv ?? []) };
}

function unitOf(name: string): string {
  return Object.entries(VALUES).find(([known]) => known === name)?.[1] ?? "";
}

function pairs(lines: readonly string[], pattern: RegExp | undefined): readonly (readonly [string, Stated])[] {
  if (pattern === undefined) return [];
  return lines.flatMap((line) => {
    const [, name = "", number = ""] = pattern.exec(line) ?? [];
    const found = parseStated(number);
    return found ? [[name, found] as const] : [];
  });
}

/** Parses "-n 60000 -k url": a flag takes the next word as its value, unless that word is a flag. */
function flagsOf(argv: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    argv.flatMap((word, index) => {
      if (!/^-[a-zA-Z-]/.test(word)) return [];
      const next = argv[index + 1] ?? "";
      return [[word, next.startsWith("-") ? "" : next] as const];
    }),
  );
}
