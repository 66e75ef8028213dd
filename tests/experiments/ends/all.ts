/** All rows: each phase ended in each way that fits it. */
import type { Report } from "../../../stack/core/progress.ts";
import { colimaPhases } from "./colima-phases.ts";
import { enginePhases } from "./engine-phases.ts";
import { endOnce, type Row } from "./measure.ts";
import type { Phase } from "./phase.ts";
import { startPhases } from "./start-phases.ts";
import { WAY_NAMES, WAYS, type WayName } from "./ways.ts";

export interface EndsOptions {
  /** Groups, commands, or parts of a phase's name; all if absent. */
  readonly only?: readonly string[] | undefined;
  readonly by?: readonly string[] | undefined;
  readonly minutes: number;
}

const MINUTE_MS = 60_000;

/** Rows run one after the other: two at once would make each other late. */
export async function endAll(
  { only, by, minutes }: EndsOptions,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
): Promise<{ readonly rows: readonly Row[]; readonly skipped: number }> {
  const phases = [...startPhases, ...enginePhases, ...colimaPhases].filter(
    (phase) => only?.some((text) => isMeant(phase, text)) ?? true,
  );
  const wanted = phases.flatMap((phase) => waysOf(phase, by).map((way) => ({ phase, way })));
  const untilMs = performance.now() + minutes * MINUTE_MS;
  const rows: Row[] = [];
  for (const { phase, way } of wanted) {
    if (signal.aborted || performance.now() > untilMs) break;
    const row = await endOnce(phase, way);
    rows.push(row);
    const took = row.tookMs === undefined ? (row.note ?? "") : `${(row.tookMs / 1000).toFixed(2)} s`;
    report({
      kind: "note",
      text: `${rows.length}/${wanted.length} ${row.command}, ${row.phase}, ${way}: ${row.outcome} ${took}`,
    });
  }
  signal.throwIfAborted();
  return { rows, skipped: wanted.length - rows.length };
}

function isMeant({ command, group, name }: Phase, text: string): boolean {
  return group === text || command === text || name.includes(text);
}

/** A question is asked on a terminal only. */
function waysOf({ asks = false }: Phase, by: readonly string[] | undefined): readonly WayName[] {
  return WAY_NAMES.filter((name) => (by?.includes(name) ?? true) && (!asks || WAYS[name].on === "terminal"));
}
