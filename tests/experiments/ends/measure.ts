/** Ends one command in one phase in one way, and sees what is left of it. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { messageOf } from "../../../stack/core/errors.ts";
import { runCommand } from "../../../stack/host/run.ts";
import { familyOf, send, untilNoneIsLeft } from "./family.ts";
import type { Phase, Scene } from "./phase.ts";
import { runOrder, type RunningCommand } from "./running.ts";
import { WAYS, type WayName } from "./ways.ts";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
/** Of a phase, on a busy machine. */
const REACH_MS = 60_000;
const REACH_POLL_MS = 20;
/** Longer than the limit, to see by how much it is missed. */
const WATCHED_MS = 20_000;
const NEXT_MS = 120_000;
/** Names of files that are written beside the one that they replace. */
const HALF_WRITTEN = /\.(new|partial)$|^lock\./;

export const LIMIT_MS = 5_000;

export interface Row {
  readonly command: string;
  readonly phase: string;
  readonly way: WayName;
  /** `missed`: the phase was not reached, with the reason. */
  readonly outcome: "ended" | "late" | "missed";
  readonly tookMs?: number;
  readonly exitCode?: number | undefined;
  /** Exit codes of the command's own result, which it may end with. */
  readonly results?: readonly number[];
  /** Command lines of processes that had to be killed. */
  readonly left: readonly string[];
  readonly lock: "free" | "held";
  readonly halfWritten: readonly string[];
  readonly next?: "works" | "fails";
  readonly note?: string;
}

let count = 0;

/** Ends the command also when `signal` aborts, which is an outcome that nobody sees. */
export async function endOnce(phase: Phase, name: WayName, signal: AbortSignal): Promise<Row> {
  const { command } = phase;
  const base = { command, phase: phase.name, way: name, left: [], lock: "free", halfWritten: [] } as const;
  try {
    const scene = await phase.open();
    return { ...base, ...(await endIn(scene, name, signal)) };
  } catch (error) {
    return { ...base, outcome: "missed", note: messageOf(error) };
  }
}

type Ended = Omit<Row, "command" | "phase" | "way">;

/** Rejects if the phase is not reached, or if the scene cannot be put away. */
async function endIn(scene: Scene, name: WayName, signal: AbortSignal): Promise<Ended> {
  const mark = `${process.pid}-${(count += 1)}`;
  const way = WAYS[name];
  const running = await runOrder({ mark, cwd: PROJECT, terminal: way.on === "terminal", ...scene });
  try {
    await reach(scene, running, mark, signal);
    await way.end(running, mark);
    const { tookMs, left } = await untilNoneIsLeft(mark, signal.aborted ? 0 : WATCHED_MS, scene.outlives);
    for (const { pid } of left) send(pid, "SIGKILL");
    const lock = existsSync(join(scene.folder, "lock")) ? "held" : "free";
    const files = await readdir(scene.folder, { recursive: true }).catch(() => []);
    await scene.recover?.();
    return {
      outcome: tookMs > LIMIT_MS ? "late" : "ended",
      tookMs,
      exitCode: await running.exitCode(),
      ...(scene.results === undefined ? {} : { results: scene.results }),
      left: left.map(({ line }) => line),
      lock,
      halfWritten: files.filter((file) => HALF_WRITTEN.test(file)),
      ...(await nextOf(scene)),
    };
  } finally {
    for (const { pid } of await familyOf(mark)) send(pid, "SIGKILL");
    await running.remove();
    await scene.close();
  }
}

async function reach({ reached }: Scene, running: RunningCommand, mark: string, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const said = await running.said();
    if (await reached(said, mark)) return;
    const isOver = running.leader.exitCode !== null || running.leader.signalCode !== null;
    if (isOver) throw new Error(`it ended before: ${lastOf(said)}`);
    if (performance.now() - startedAt > REACH_MS) {
      const lines = (await familyOf(mark)).map(({ line }) => line).join("; ");
      throw new Error(`not reached: ${lastOf(said)} (${lines})`);
    }
    await pause(REACH_POLL_MS, undefined, { signal });
  }
}

function lastOf(said: string): string {
  return said.trim().slice(-200).replaceAll(/\s+/g, " ");
}

async function nextOf({ next, env, cwd = PROJECT }: Scene): Promise<Pick<Row, "next" | "note">> {
  if (next === undefined) return {};
  const argv = ["npm", "run", "--silent", ...next.args];
  const { exitCode, stderr } = await runCommand(argv, { cwd, timeoutMs: NEXT_MS, env: { ...process.env, ...env } });
  return next.codes.includes(exitCode) ? { next: "works" } : { next: "fails", note: `${exitCode}: ${lastOf(stderr)}` };
}
