/** The findings of `baseline lint` as text. */
import type { Baseline } from "../../core/results/baseline.ts";
import { SEVERITIES, type Finding } from "../../core/results/finding.ts";
import type { LintedBaseline } from "../../core/results/commands/baseline.ts";

export function lintText(linted: readonly LintedBaseline[]): string {
  return linted.length === 0 ? "There is no baseline." : linted.map(baselineText).join("\n\n");
}

/** Returns one line per finding, except findings that are only undocumented. */
export function findingsInShort(linted: readonly LintedBaseline[]): string {
  return linted
    .flatMap(({ baseline, findings }) => findings.map((finding) => ({ name: baseline.name, ...finding })))
    .filter(({ severity }) => severity !== "undocumented")
    .map(({ name, severity, place, says }) => `${name}: ${severity}: ${place}: ${says}`)
    .join("\n");
}

function baselineText({ baseline, findings }: LintedBaseline): string {
  const counts = SEVERITIES.map((severity) => ({
    severity,
    count: findings.filter((one) => one.severity === severity).length,
  }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`);
  const head = `${baseline.name} (${baseline.kind}): ${counts.join(", ") || "nothing speaks against it"}`;
  return [head, ...meaning(baseline, findings), ...findings.flatMap(findingText)].join("\n");
}

/** Returns what the findings mean for the reader. */
function meaning(baseline: Baseline, findings: readonly Finding[]): readonly string[] {
  if (findings.length === 0) return [];
  switch (baseline.kind) {
    case "reference":
      return [
        `  A reference, shown for orientation and never tested against: only --strict fails. Lines are those of ${baseline.source}.`,
      ];
    case "recorded":
      return findings.some(({ severity }) => severity === "impossible")
        ? ["  It cannot be true: `verify` and `bench` answer `baseline invalid`."]
        : ["  Nothing in it is impossible: `verify` and `bench` compare with it."];
  }
}

/** Longer sums are only in the JSON. */
const STEPS_SHOWN = 6;
const WIDTH = 160;

function findingText({ rule, severity, place, lines, says, arithmetic }: Finding): readonly string[] {
  const hidden = arithmetic.length - STEPS_SHOWN;
  const steps = hidden > 1 ? arithmetic.slice(0, STEPS_SHOWN) : arithmetic;
  return [
    "",
    `  ${severity}: ${rule}`,
    `    ${says}`,
    ...steps.map((step) => `      ${shortened(step)}`),
    ...(hidden > 1 ? [`      and ${hidden} more (--json has all)`] : []),
    `    at ${shortened(place)}${linesText(lines)}`,
  ];
}

/** Shortens a sum of many parts to its beginning and its result. */
function shortened(text: string): string {
  if (text.length <= WIDTH) return text;
  const tail = text.slice(-WIDTH / 4);
  return `${text.slice(0, WIDTH - tail.length)} … ${tail}`;
}

function linesText(lines: readonly number[]): string {
  if (lines.length === 0) return "";
  const [first, last] = [Math.min(...lines), Math.max(...lines)];
  if (first === last) return `, line ${first}`;
  return lines.length === 2 ? `, lines ${first} and ${last}` : `, lines ${first} to ${last}`;
}
