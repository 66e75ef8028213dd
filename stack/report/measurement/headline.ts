/** The first lines of a run's text: the verdict, and its two parts, the stack and the machine. Pure. */
import type { SmokeRun } from "../../core/results/measurement.ts";
import type { VerdictReport } from "../../core/results/verdict.ts";
import { machineText, neighboursText } from "../text/machine.ts";
import { countsText, evidenceText } from "../text/words.ts";
import { wrapped } from "../text/wrap.ts";

/** Width of the names of the lines below the verdict, with what separates them from their texts. */
const NAME_WIDTH = 15;

export function headline(run: SmokeRun, verdict: VerdictReport | undefined): string {
  if (verdict === undefined) return "Verdict: none yet, the run goes on or was interrupted";
  return [
    wrapped(`Verdict: ${verdict.summary}`, "  "),
    ...(run.complete ? [] : ["The run is incomplete."]),
    ...parts(verdict).map(([name, text]) => wrapped(`  ${name.padEnd(NAME_WIDTH - 2)}${text}`, " ".repeat(NAME_WIDTH))),
  ].join("\n");
}

function parts({ scenarios, machine, baseline }: VerdictReport): readonly (readonly [name: string, text: string])[] {
  const evidence = evidenceText(scenarios);
  const neighbours = machine && neighboursText(machine);
  const stack = [countsText(scenarios), ...(evidence === undefined ? [] : [evidence])].join("; ");
  return [
    ...(baseline && stack !== "" ? [["the stack", stack] as const] : []),
    ...(machine ? [["the machine", machineText(machine)] as const] : []),
    ...(neighbours === undefined ? [] : [["beside it", neighbours] as const]),
    ...(baseline ? [["baseline", `${baseline.name}, recorded ${baseline.recordedAt}`] as const] : []),
  ];
}
