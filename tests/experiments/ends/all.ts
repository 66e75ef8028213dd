/** All rows: each phase ended in each way that fits it. */
import type { Report } from "../../../stack/core/progress.ts";
import { colimaPhases } from "./colima-phases.ts";
import { enginePhases } from "./engine-phases.ts";
import { closeLive, livePhases } from "./live-phases.ts";
import { endOnce, type Row } from "./measure.ts";
import type { Phase } from "./phase.ts";
import { registryPhases } from "./registry-phases.ts";
import { startPhases } from "./start-phases.ts";
import { LIVE_WAYS, USUAL_WAYS, WAY_NAMES, WAYS, type WayName } from "./ways.ts";

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
  const phases = [...startPhases, ...enginePhases, ...registryPhases, ...livePhases, ...colimaPhases].filter(
    (phase) => only?.some((text) => isMeant(phase, text)) ?? true,
  );
  const wanted = phases.flatMap((phase) => {
    const isFirst = phases.find(({ group }) => group === phase.group) === phase;
    return waysOf(phase, isFirst, by).map((way) => ({ phase, way }));
  });
  const untilMs = performance.now() + minutes * MINUTE_MS;
  const rows: Row[] = [];
  try {
    for (const { phase, way } of wanted) {
      if (signal.aborted || performance.now() > untilMs) break;
      const row = await endOnce(phase, way, signal);
      rows.push(row);
      report({ kind: "note", text: `${rows.length}/${wanted.length} ${textOf(row)}` });
    }
  } finally {
    await closeLive();
  }
  signal.throwIfAborted();
  return { rows, skipped: wanted.length - rows.length };
}

function isMeant({ command, group, name }: Phase, text: string): boolean {
  return group === text || command === text || name.includes(text);
}

/** A question is asked on a terminal only. The odd ways are tried in one phase of a group. */
function waysOf(phase: Phase, isFirst: boolean, by: readonly string[] | undefined): readonly WayName[] {
  const usual = phase.group === "live" ? LIVE_WAYS : isFirst ? WAY_NAMES : USUAL_WAYS;
  const fitting = usual.filter((name) => phase.asks !== true || WAYS[name].on === "terminal");
  return by === undefined ? fitting : WAY_NAMES.filter((name) => by.includes(name));
}

function textOf({ command, phase, way, outcome, tookMs, note = "" }: Row): string {
  const took = tookMs === undefined ? note : `${(tookMs / 1000).toFixed(2)} s`;
  return `${command}, ${phase}, ${way}: ${outcome} ${took}`;
}
