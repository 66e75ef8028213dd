/** Regular beats, finer than the event loop's timers, which only know whole milliseconds. */
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";

/** Shorter steps would keep the event loop busy with beats; at higher rates one beat sends several requests. */
const STEP_MINIMUM_MS = 0.1;
/** Starting a thread takes 30 ms, on a busy machine several times as long. */
const START_DEADLINE_MS = 5_000;

export interface Metronome {
  stop(): void;
}

/**
 * Calls `beat` every `stepMs` for `lengthMs`, starting now; missed beats are not made up for. Resolves when the first
 * beat is possible, because starting the thread may take longer than the whole schedule. Rejects if no thread can be
 * started.
 */
export async function startMetronome(stepMs: number, lengthMs: number, beat: () => void): Promise<Metronome> {
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const now = performance.timeOrigin + performance.now();
  const step = Math.max(STEP_MINIMUM_MS, stepMs);
  const thread = new Worker(new URL("./metronome-thread.mjs", import.meta.url), {
    workerData: { from: now, stepMs: step, until: now + START_DEADLINE_MS + lengthMs, stop },
  });
  const end = () => {
    Atomics.store(stop, 0, 1);
    Atomics.notify(stop, 0);
  };
  thread.unref();
  thread.on("error", () => undefined); // without beats a schedule ends at its own limit
  try {
    await once(thread, "message", { signal: AbortSignal.timeout(START_DEADLINE_MS) });
  } catch (error) {
    end();
    throw error;
  }
  thread.on("message", beat);
  return { stop: end };
}
