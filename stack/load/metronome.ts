/** Regular beats that are finer than the timers of an event loop, which know whole milliseconds only. */
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";

/** More beats would keep the event loop busy with beats: at a higher rate one beat is for several requests. */
const STEP_MINIMUM_MS = 0.1;
/** Starting a thread takes 30 ms, on a busy machine a few times that. */
const START_DEADLINE_MS = 5_000;

export interface Metronome {
  stop(): void;
}

/**
 * Calls `beat` every `stepMs`, from now for `lengthMs`; a beat that is missed is not made up for. Answers when the first
 * beat is possible: starting the thread takes longer than many a schedule. Rejects when no thread can be started.
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
  thread.on("error", () => undefined); // a schedule that gets no beats any more ends at its own limit
  try {
    await once(thread, "message", { signal: AbortSignal.timeout(START_DEADLINE_MS) });
  } catch (error) {
    end();
    throw error;
  }
  thread.on("message", beat);
  return { stop: end };
}
