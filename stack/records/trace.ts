/** The trace of a start, in a file beside the results. */
import { join } from "node:path";
import { newestFirst, replaceFile, stampOf } from "./files.ts";
import { isStart, type Action } from "../core/plan/action.ts";
import { makeFolder, OPEN_FOLDER } from "../host/folders.ts";
import { readRegular } from "../host/regular-file.ts";
import { traceSchema, type StartUpTrace, type Phase, type ServiceTrace } from "../core/results/start-up-trace.ts";

const PREFIX = "startup-trace-";

export interface Start {
  readonly wanted: { readonly stack: string; readonly profileReference: string };
  readonly command: string;
  readonly startedAt: Date;
  /** The same moment on the clock of performance.now(). */
  readonly zero: number;
  readonly phases: readonly Phase[];
  readonly traces: readonly ServiceTrace[];
  readonly done: readonly Action[];
}

export interface SavedTrace {
  readonly trace: StartUpTrace;
  readonly path: string;
}

/** Writes "startup-trace-YYYYMMDD-HHMMSS.json" into the folder; resolves to undefined if nothing was started. */
export async function traceStart(folder: string, start: Start): Promise<SavedTrace | undefined> {
  const trace = startUpTrace(start);
  if (trace === undefined) return undefined;
  await makeFolder(folder, OPEN_FOLDER);
  const path = join(folder, `${PREFIX}${stampOf(start.startedAt)}.json`);
  await replaceFile(path, `${JSON.stringify(trace, undefined, 1)}\n`);
  return { trace, path };
}

/** Returns undefined if nothing was started, because then nothing was waited for. */
export function startUpTrace({
  wanted,
  command,
  startedAt,
  zero,
  phases,
  traces,
  done,
}: Start): StartUpTrace | undefined {
  if (!done.some((action) => isStart(action) || action.kind === "restart-container")) return undefined;
  return {
    kind: "start-up trace",
    version: 1,
    stack: wanted.stack,
    profile: wanted.profileReference,
    command,
    startedAt: startedAt.toISOString(),
    phases: [...phases],
    services: traces.map(({ waitStartedAt, createdMs, runningMs, firstAnswerMs, preparedMs, readyMs, ...others }) => {
      const since = (ms: number) => Math.round(waitStartedAt - zero) + ms;
      return {
        service: others.service,
        ...(createdMs === undefined ? {} : { createdMs: since(createdMs) }),
        runningMs: since(runningMs),
        firstAnswerMs: since(firstAnswerMs),
        preparedMs: since(preparedMs),
        readyMs: since(readyMs),
        prepared: [...others.prepared],
      };
    }),
  };
}

/** Returns the trace of the last start; undefined if there is none, or if another version wrote it. */
export async function newestTrace(folder: string): Promise<StartUpTrace | undefined> {
  const [path] = await newestFirst(folder, PREFIX);
  if (path === undefined) return undefined;
  try {
    return traceSchema.safeParse(JSON.parse((await readRegular(path)).toString("utf8"))).data;
  } catch {
    return undefined; // an unreadable old file must not keep the report from being written
  }
}
