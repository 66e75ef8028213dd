/** Each server, killed at each place of its first start. */
import { setTimeout as pause } from "node:timers/promises";
import type { Report } from "../../../stack/core/progress.ts";
import { messageOf } from "../../../stack/core/errors.ts";
import { docker } from "../../support/live/docker.ts";
import { OFFICIAL, officialImages } from "../../support/official/images.ts";
import { openStack, type ExperimentStack } from "./own-stack.ts";
import { placesOf } from "./places.ts";
import { KILLED, SERVERS, type KilledServer, type ServerName, type Source } from "./servers.ts";
import { upCodeOf } from "./up-code.ts";

export interface KillsOptions {
  readonly images: readonly Source[];
  readonly places: number;
  readonly only?: readonly ServerName[] | undefined;
  readonly minutes: number;
}

/** One kill and the `up` after it. */
export interface Kill {
  /** Since the container was seen running. */
  readonly atMs: number;
  /** A crash of the server alone, or of the computer: the run that waits for the server is killed with it. */
  readonly killed: "server" | "server and run";
  /** The service did not work yet. */
  readonly unready: boolean;
  /** How the first run ended. */
  readonly first: string;
  /** How the next `up` ended: "ok", or the code of its error. */
  readonly next: string;
  readonly nextMs: number;
  readonly why?: string;
  /** Why nothing was killed. */
  readonly missed?: string;
}

export interface Killed {
  readonly server: ServerName;
  readonly source: Source;
  /** From the running container to the service that works; absent if it did not come up. */
  readonly firstStartMs?: number;
  /** The code of the error that a first start without any kill ended with. */
  readonly failed?: string;
  readonly kills: readonly Kill[];
}

interface Subject {
  readonly server: ServerName;
  readonly source: Source;
  readonly stack: ExperimentStack;
  readonly firstStartMs: number;
  readonly kills: Kill[];
}

const MINUTE_MS = 60_000;
/** Short beside the shortest first start, which takes some tenths of a second. */
const POLL_MS = 3;

/** The servers take turns, so that a run that is out of time has seen each of them. */
export async function killAll(
  { images, places, only = SERVERS, minutes }: KillsOptions,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
): Promise<{ readonly servers: readonly Killed[]; readonly skipped: number }> {
  const untilMs = performance.now() + minutes * MINUTE_MS;
  const isOver = () => signal.aborted || performance.now() > untilMs;
  const note = (text: string) => report({ kind: "note", text });
  const subjects: Subject[] = [];
  const unstarted: Killed[] = [];
  const wanted = images.flatMap((source) => only.map((server) => ({ source, server })));
  const opened: ExperimentStack[] = [];
  try {
    for (const { source, server } of wanted) {
      if (isOver()) break;
      const stack = await openSubject(KILLED[server], source);
      opened.push(stack);
      const { firstStartMs, code } = await measureFirstStart(stack, KILLED[server]);
      if (firstStartMs === undefined) {
        note(`${server}, ${source}: a first start without a kill ended with ${code}`);
        unstarted.push({ server, source, failed: code, kills: [] });
        continue;
      }
      note(`${server}, ${source}: a first start takes ${Math.round(firstStartMs)} ms`);
      subjects.push({ server, source, stack, firstStartMs, kills: [] });
    }
    for (const [index, place] of placesOf(places).entries()) {
      for (const subject of subjects) {
        if (isOver()) break;
        const kill = await killOnce(subject, place, index % 2 === 1);
        subject.kills.push(kill);
        note(textOf(subject, kill));
      }
    }
  } finally {
    for (const stack of opened) await stack.remove();
  }
  signal.throwIfAborted();
  const done = subjects.reduce((sum, { kills }) => sum + kills.length, 0);
  const plain = subjects.map(({ server, source, firstStartMs, kills }) => ({ server, source, firstStartMs, kills }));
  return { servers: [...plain, ...unstarted], skipped: (wanted.length - unstarted.length) * places - done };
}

async function openSubject({ service, profile }: KilledServer, source: Source): Promise<ExperimentStack> {
  if (source === "debian") return openStack("kills", profile, { args: ["--images", "debian"] });
  await officialImages([service]);
  return openStack("kills", profile, { args: ["--images", "registry"], env: OFFICIAL });
}

/** The first of two is not counted: it obtains the image and makes the credentials. */
async function measureFirstStart(
  stack: ExperimentStack,
  server: KilledServer,
): Promise<{ readonly code: string; readonly firstStartMs?: number }> {
  const { code } = await stack.up();
  if (code !== "ok") return { code };
  await stack.wipe();
  const running = stack.begin("up");
  await running.reaches("running", () => runsAll(stack, server));
  const startedAt = performance.now();
  await running.says(isReady(server)).catch(() => undefined); // so quick that it says nothing
  const firstStartMs = performance.now() - startedAt;
  const second = upCodeOf(await running.ended);
  return second.code === "ok" ? { code: second.code, firstStartMs } : { code: second.code };
}

/** The line at the end of a service's start, one-time steps included. */
function isReady({ service }: KilledServer): RegExp {
  return new RegExp(`✓ wait for ${service}\\b`);
}

async function killOnce({ stack, server, firstStartMs }: Subject, place: number, withRun: boolean): Promise<Kill> {
  const subject = KILLED[server];
  const atMs = place * firstStartMs;
  const base = { atMs, killed: withRun ? "server and run" : "server" } as const;
  await stack.wipe();
  const running = stack.begin("up");
  try {
    await running.reaches("running", () => runsAll(stack, subject));
    await pause(atMs);
    if (withRun) running.signal("SIGKILL");
    await Promise.all(subject.instances.map((instance) => docker.getContainer(stack.container(instance)).kill()));
  } catch (error) {
    await running.ended;
    return { ...base, unready: false, first: "", next: "", nextMs: 0, missed: messageOf(error) };
  }
  const unready = !isReady(subject).test(running.stderr());
  const first = upCodeOf(await running.ended);
  const next = await stack.up();
  const why = next.why === undefined ? {} : { why: next.why };
  return { ...base, unready, first: first.code, next: next.code, nextMs: next.tookMs, ...why };
}

async function runsAll({ container }: ExperimentStack, { instances }: KilledServer): Promise<boolean> {
  const states = await Promise.all(
    instances.map(
      (instance) =>
        docker
          .getContainer(container(instance))
          .inspect()
          .then(({ State }) => State.Running)
          .catch(() => false), // it is not created yet
    ),
  );
  if (states.every(Boolean)) return true;
  await pause(POLL_MS);
  return false;
}

function textOf(
  { server, source }: Subject,
  { atMs, killed, unready, first, next, nextMs, missed, why }: Kill,
): string {
  const where = `${server}, ${source}, ${killed} at ${Math.round(atMs)} ms`;
  if (missed !== undefined) return `${where}: missed, ${missed}`;
  const state = unready ? "not ready" : "ready";
  return `${where} (${state}): first ${first}, next ${next} in ${(nextMs / 1000).toFixed(1)} s${why === undefined ? "" : `: ${why}`}`;
}
