/** The machine's part of a verdict in words, the same in every report. */
import type { MachineVerdict } from "../../core/results/verdict.ts";

/** More names do not help a reader; the JSON has all. */
const NEIGHBOURS_SHOWN = 4;

/** "busy: others use 0.6 of 2 cpus, at the baseline 0.1: it gives 18 % less". */
export function machineText({ state, summary }: Pick<MachineVerdict, "state" | "summary">): string {
  return summary.startsWith(state) ? summary : `${state}: ${summary}`;
}

/** "cc1plus 0.4, a browser 0.2 cores"; undefined if nobody can be seen. */
export function neighboursText({ neighbours }: Pick<MachineVerdict, "neighbours">): string | undefined {
  if (neighbours.length === 0) return undefined;
  const shown = neighbours.slice(0, NEIGHBOURS_SHOWN).map(({ name, cores }) => `${name} ${coresText(cores)}`);
  const more = neighbours.length - shown.length;
  return `${shown.join(", ")} cores${more > 0 ? `, and ${more} more` : ""}`;
}

/** "0.6", "12". */
export function coresText(cores: number): string {
  return String(Number(cores.toFixed(cores < 0.1 ? 2 : 1)));
}
