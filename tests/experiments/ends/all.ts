/** All rows: each phase ended in each way that fits it. */
import { messageOf } from "../../../stack/core/errors.ts";
import type { Report } from "../../../stack/core/progress.ts";
import { colimaPhases } from "./colima-phases.ts";
import { enginePhases } from "./engine-phases.ts";
import { closeLive, livePhases } from "./live-phases.ts";
import { endOnce, type Row } from "./measure.ts";
import { GROUPS, type Group, type Phase } from "./phase.ts";
import { provisionPhases } from "./provision-phases.ts";
import { registryPhases } from "./registry-phases.ts";
import { serverPhases } from "./server-phases.ts";
import { startPhases } from "./start-phases.ts";
import { LIVE_WAYS, USUAL_WAYS, WAY_NAMES, WAYS, type WayName } from "./ways.ts";

export interface EndsOptions {
  /** Groups, commands, or parts of a phase's name; all if absent. */
  readonly only?: readonly string[] | undefined;
  readonly by?: readonly string[] | undefined;
  readonly minutes: number;
}

const MINUTE_MS = 60_000;

const PHASES = [
  ...startPhases,
  ...enginePhases,
  ...provisionPhases,
  ...registryPhases,
  ...livePhases,
  ...serverPhases,
  ...colimaPhases,
];

export interface Ends {
  readonly rows: readonly Row[];
  /** Rows that were asked for and not run: the time was over. */
  readonly notRun: readonly Unrun[];
  /** Groups of which no row was asked for. */
  readonly notAsked: readonly Group[];
}

export type Unrun = Pick<Row, "command" | "phase" | "way">;

/** Rows run one after the other: two at once would make each other late. */
export async function endAll(
  { only, by, minutes }: EndsOptions,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
): Promise<Ends> {
  const phases = PHASES.filter((phase) => only?.some((text) => isMeant(phase, text)) ?? true);
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
    await closeLive().catch((error: unknown) => report({ kind: "warning", text: messageOf(error) }));
  }
  signal.throwIfAborted();
  const notRun = wanted.slice(rows.length).map(({ phase, way }) => ({ ...pick(phase), way }));
  return { rows, notRun, notAsked: GROUPS.filter((group) => !wanted.some(({ phase }) => phase.group === group)) };
}

function pick({ command, name }: Phase): Pick<Row, "command" | "phase"> {
  return { command, phase: name };
}

function isMeant({ command, group, name }: Phase, text: string): boolean {
  return group === text || command === text || name.includes(text);
}

function isOnEngine({ group }: Phase): boolean {
  return group === "live" || group === "server";
}

/** A question is asked on a terminal only. The odd ways are tried in one phase of a group. */
function waysOf(phase: Phase, isFirst: boolean, by: readonly string[] | undefined): readonly WayName[] {
  const usual = isOnEngine(phase) ? LIVE_WAYS : isFirst ? WAY_NAMES : USUAL_WAYS;
  const fitting = usual.filter((name) => phase.asks !== true || WAYS[name].on === "terminal");
  return by === undefined ? fitting : WAY_NAMES.filter((name) => by.includes(name));
}

function textOf({ command, phase, way, outcome, tookMs, note = "" }: Row): string {
  const took = tookMs === undefined ? note : `${(tookMs / 1000).toFixed(2)} s`;
  return `${command}, ${phase}, ${way}: ${outcome} ${took}`;
}
