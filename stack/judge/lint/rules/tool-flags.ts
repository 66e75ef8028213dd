/** Compares a load tool's flags with its output. */
import type { LoadToolFormat } from "../../../core/service/load-tool-format.ts";
import type { ToolOutput } from "../../../core/results/reference.ts";
import { toolOf, type Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";
import { readOutput, type PrintedFigures } from "../read-output.ts";
import { show } from "./stated.ts";

/** A tool checks its time limit between two requests: allow a tenth more, and the longest request. */
const LATE = 0.1;

export function toolFlags(source: Source): readonly Finding[] {
  return source.document.toolOutputs.flatMap((output) => {
    const tool = toolOf(source, output.tool);
    if (tool === undefined || output.argv === undefined) return [];
    const printed = readOutput(output, tool);
    return [timeLimit, requests, clients].flatMap((rule) => rule({ output, tool, printed, argv: output.argv ?? [] }));
  });
}

interface Case {
  readonly output: ToolOutput;
  readonly argv: readonly string[];
  readonly tool: LoadToolFormat;
  readonly printed: PrintedFigures;
}

function timeLimit(found: Case): readonly Finding[] {
  const { tool, printed } = found;
  const limit = flag(printed, tool.flags.timeLimit);
  const seconds = printed.values.get("seconds");
  if (limit === undefined || seconds === undefined) return [];
  const longestMs = printed.percentiles.find(({ percent }) => percent === 100)?.ms.high ?? 0;
  const latest = limit * (1 + LATE) + longestMs / 1000;
  if (seconds.low <= latest) return [];
  return [
    finding(
      found,
      `${tool.name} ${tool.flags.timeLimit} ${limit} stops after ${limit} s, and its output says ${seconds.text} s`,
      [
        `${seconds.text} s > ${limit} s × ${1 + LATE} + the longest request of ${show(longestMs / 1000)} s = ${show(latest)} s`,
      ],
    ),
  ];
}

function requests(found: Case): readonly Finding[] {
  const { tool, printed } = found;
  const wanted = flag(printed, tool.flags.requests);
  const operations = printed.values.get("operations");
  if (wanted === undefined || operations === undefined || operations.low <= wanted) return [];
  return [
    finding(
      found,
      `${tool.name} ${tool.flags.requests} ${wanted} makes no more requests, and its output says ${operations.text}`,
      [`${operations.text} > ${show(wanted)}`],
    ),
  ];
}

function clients(found: Case): readonly Finding[] {
  const { tool, printed } = found;
  const wanted = flag(printed, tool.flags.clients) ?? tool.defaultClients;
  const stated = printed.values.get("clients");
  if (stated === undefined || (stated.low <= wanted && wanted <= stated.high)) return [];
  return [
    finding(found, `${tool.name} was told ${wanted} clients, and its output says ${stated.text}`, [
      `${stated.text} is not ${show(wanted)}`,
    ]),
  ];
}

function flag({ flags }: PrintedFigures, name: string | undefined): number | undefined {
  const value = Number(name === undefined ? Number.NaN : (flags.get(name) ?? Number.NaN));
  return Number.isFinite(value) ? value : undefined;
}

function finding({ output, argv }: Case, says: string, arithmetic: readonly string[]): Finding {
  return {
    rule: "tool flags",
    severity: "impossible",
    place: output.section,
    lines: [output.line],
    says,
    arithmetic: [argv.join(" "), ...arithmetic],
  };
}
