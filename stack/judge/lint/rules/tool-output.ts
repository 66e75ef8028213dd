/** Finds lines that pass for a tool's output but that the tool does not print. */
import type { LoadToolFormat } from "../../../core/service/load-tool-format.ts";
import { toolOf, type Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";

/** Skips versions older than the tool's patterns: these may have printed something else. */
export function toolOutput(source: Source): readonly Finding[] {
  return source.document.toolOutputs.flatMap((output) => {
    const tool = toolOf(source, output.tool);
    if (tool === undefined || isOlder(source.document.versions[output.service], tool)) return [];
    const foreign = output.lines.filter((line) => !tool.prints.some((pattern) => pattern.test(line)));
    if (foreign.length === 0) return [];
    return [
      {
        rule: "tool output" as const,
        severity: "suspicious" as const,
        place: output.section,
        lines: foreign.map((line) => output.line + output.lines.indexOf(line)),
        says: `${foreign.length} of ${output.lines.length} lines are not as ${sinceText(tool)} prints them`,
        arithmetic: foreign.map((line) => `"${line}"`),
      },
    ];
  });
}

function sinceText({ name, printsSince }: LoadToolFormat): string {
  return printsSince === undefined ? name : `${name} of version ${printsSince} and newer`;
}

function isOlder(version: string | undefined, { printsSince }: LoadToolFormat): boolean {
  if (version === undefined || printsSince === undefined) return false;
  const [here, there] = [version, printsSince].map((text) => text.split(/[. ]/).map(Number));
  const [major = 0, minor = 0] = here ?? [];
  const [sinceMajor = 0, sinceMinor = 0] = there ?? [];
  return major < sinceMajor || (major === sinceMajor && minor < sinceMinor);
}
