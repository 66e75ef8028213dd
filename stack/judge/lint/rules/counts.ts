/** Rate × time = count, wherever all three are given. */
import type { ToolOutput } from "../../../core/results/reference.ts";
import { toolOf, type Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";
import { overlaps, product, quotient, scaled, type Interval } from "./interval.ts";
import { readOutput } from "../read-output.ts";
import { inUnit, parseStated, showInterval, type Stated } from "./stated.ts";

/** A tool that prints the requested seconds ran a little longer or shorter. */
const NOMINAL = 0.05;

export function rateTimesTime(source: Source): readonly Finding[] {
  return [...source.document.toolOutputs.flatMap((output) => inOutput(source, output)), ...inClaims(source)];
}

/** Checks the identities between the figures that a tool prints; each must hold within rounding. */
function inOutput(source: Source, output: ToolOutput): readonly Finding[] {
  const tool = toolOf(source, output.tool);
  if (tool === undefined) return [];
  const { values } = readOutput(output, tool);
  const [clients, seconds, operations, rate, meanMs, acrossMs] = (
    ["clients", "seconds", "operations", "rate", "meanMs", "acrossMs"] as const
  ).map((name) => values.get(name));
  const time = seconds && (tool.nominalSeconds ? widened(seconds, NOMINAL) : seconds);
  return [
    identity(output, "operations", operations, "rate × seconds", rate && time && product(rate, time)),
    identity(output, "clients", clients, "rate × mean time", rate && meanMs && scaled(product(rate, meanMs), 1 / 1000)),
    identity(
      output,
      "time across all clients",
      acrossMs,
      "seconds / operations",
      time && operations && scaled(quotient(time, operations), 1000),
    ),
  ].flat();
}

function identity(
  output: ToolOutput,
  name: string,
  stated: Stated | undefined,
  formula: string,
  computed: Interval | undefined,
): readonly Finding[] {
  if (stated === undefined || computed === undefined || overlaps(stated, computed)) return [];
  return [
    {
      rule: "rate × time = count",
      severity: "impossible",
      place: output.section,
      lines: [output.line],
      says: `${output.id}: ${name} ${stated.text} is not ${formula}`,
      arithmetic: [`${formula} = ${showInterval(computed)}`],
    },
  ];
}

function inClaims({ document }: Source): readonly Finding[] {
  return document.claims.flatMap((claim) => {
    if (claim.kind !== "product") return [];
    const stated = parseStated(claim.stated);
    const factors = claim.factors.flatMap((text) => inSeconds(parseStated(text)) ?? []);
    if (stated === undefined || factors.length < claim.factors.length) return [];
    const computed = factors.reduce<Interval>(product, { low: 1, high: 1 });
    if (overlaps(stated, computed)) return [];
    return [
      {
        rule: "rate × time = count" as const,
        severity: "impossible" as const,
        place: claim.section,
        lines: [claim.line],
        says: `"${claim.text}" states ${claim.stated}`,
        arithmetic: [`${claim.factors.join(" × ")} = ${showInterval(computed)}`],
      },
    ];
  });
}

function inSeconds(stated: Stated | undefined): Stated | undefined {
  return stated && (inUnit(stated, "s") ?? stated);
}

function widened({ low, high }: Interval, share: number): Interval {
  return { low: low * (1 - share), high: high * (1 + share) };
}
