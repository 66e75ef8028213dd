/** How fast the machine itself is during a run: recorded with it, so that a slow machine explains itself. */
import { median } from "simple-statistics";
import { performance } from "node:perf_hooks";
import { messageOf } from "../core/errors.ts";
import type { ExecOptions, ExecResult } from "../core/service.ts";
import type { Calibration } from "./document.ts";
import { within } from "./deadline.ts";
import { openEcho, type Echo } from "./echo.ts";

/** Answers the durations in milliseconds of 8 KiB writes with fdatasync on the data volume, in a container. */
export type SyncWriteProbe = (signal: AbortSignal) => Promise<readonly number[]>;

/** About 4 ms on a core of 2020: long against the clock, short beside a block. */
const CPU_STEPS = 3_000_000;
/** The first passes run before the compiler is done with them. */
const CPU_WARM_PASSES = 4;
/** Less than a millisecond in all on an idle machine. */
const ROUND_TRIPS = 12;
const LOOPBACK_DEADLINE_MS = 1_000;
const SYNC_DEADLINE_MS = 3_000;
const CEILING_MS = 30;
const SYNC_WRITES = 20;
const SYNC_REPEATS = 5;
const SYNC_BYTES = 8192;

/**
 * Measures the machine before every block, and answers medians: one measurement of some milliseconds, taken once, says
 * more of that moment than of the run. Never rejects but for the signal: a figure that cannot be had is absent.
 */
export class Calibrator {
  readonly #cpuMs: number[] = [];
  readonly #roundTripMs: number[] = [];
  readonly #syncWriteMs: number[] = [];
  readonly #notes = new Set<string>();
  readonly #signal: AbortSignal;
  readonly #syncWrite: SyncWriteProbe | undefined;
  #echo: Echo | undefined;
  #loaderCeiling = 0;

  constructor(signal: AbortSignal, syncWrite: SyncWriteProbe | undefined) {
    this.#signal = signal;
    this.#syncWrite = syncWrite;
  }

  async start(): Promise<void> {
    for (let pass = 0; pass < CPU_WARM_PASSES; pass += 1) timeArithmetic();
    this.#loaderCeiling = await timeLoader();
    const limit = { deadlineMs: LOOPBACK_DEADLINE_MS, what: "connecting to 127.0.0.1", signal: this.#signal };
    this.#echo = await within(openEcho(), limit).catch((error: unknown) =>
      this.#missing("loopback round trips", error),
    );
    await this.writes();
    await this.sample();
  }

  /** Arithmetic and round trips: some 5 ms. */
  async sample(): Promise<void> {
    this.#cpuMs.push(timeArithmetic());
    if (this.#echo === undefined) return;
    const limit = { deadlineMs: LOOPBACK_DEADLINE_MS, what: "a round trip", signal: this.#signal };
    const durations = await within(this.#echo.roundTrips(ROUND_TRIPS), limit).catch((error: unknown) =>
      this.#missing("loopback round trips", error),
    );
    this.#roundTripMs.push(...(durations ?? []));
  }

  /** Synced writes, which need a command in a container: at the beginning and at the end of the run. */
  async writes(): Promise<void> {
    if (this.#syncWrite === undefined) {
      this.#notes.add("synced writes were not measured: no container with a data volume was given");
      return;
    }
    const limit = { deadlineMs: SYNC_DEADLINE_MS, what: "the probe", signal: this.#signal };
    const durations = await within(this.#syncWrite(this.#signal), limit).catch((error: unknown) =>
      this.#missing("synced writes", error),
    );
    this.#syncWriteMs.push(...(durations ?? []).filter((duration) => duration > 0));
  }

  close(): void {
    this.#echo?.close();
  }

  /** Undefined before `start` has ended. */
  result(): Calibration | undefined {
    if (this.#cpuMs.length === 0) return undefined;
    return {
      cpuMs: median(this.#cpuMs),
      ...(this.#roundTripMs.length > 0 && { loopbackRttMs: median(this.#roundTripMs) }),
      ...(this.#syncWriteMs.length > 0 && { syncWriteMs: median(this.#syncWriteMs) }),
      loaderCeiling: this.#loaderCeiling,
      notes: [...this.#notes],
    };
  }

  #missing(what: string, error: unknown): undefined {
    this.#signal.throwIfAborted();
    this.#notes.add(`${what} were not all measured: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * A probe by `dd` inside a container: oflag=dsync makes every write wait for the device, as write + fdatasync does.
 * Each answer is the mean of 20 writes. `directory` is on the volume that holds the data.
 */
export function ddProbe(
  exec: (argv: readonly string[], options?: ExecOptions) => Promise<ExecResult>,
  directory: string,
): SyncWriteProbe {
  const file = `${directory}/.plumbline-calibration`;
  const write = `dd if=/dev/zero of="$1" bs=${SYNC_BYTES} count=${SYNC_WRITES} oflag=dsync conv=notrunc 2>&1`;
  const script = `trap 'rm -f "$1"' EXIT; for i in $(seq ${SYNC_REPEATS}); do ${write} || exit 1; done`;
  return async () => {
    const { stdout, stderr } = await exec(["sh", "-c", script, "sh", file], {
      timeoutMs: SYNC_DEADLINE_MS,
      user: "root",
    });
    const seconds = [...`${stdout}\n${stderr}`.matchAll(/copied, ([\d.eE+-]+) s/g)].map((match) => Number(match[1]));
    return seconds.map((duration) => (duration * 1000) / SYNC_WRITES);
  };
}

/** Integer arithmetic that depends on every earlier step, so that no compiler removes or vectorises it. */
function timeArithmetic(): number {
  const before = performance.now();
  let state = 1;
  for (let step = 0; step < CPU_STEPS; step += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  const elapsedMs = performance.now() - before;
  return state === 0 ? elapsedMs + Number.EPSILON : elapsedMs;
}

/** The ceiling of the loop itself: clock, promise and bookkeeping, with an operation that does nothing. */
async function timeLoader(): Promise<number> {
  const before = performance.now();
  let now = before;
  let operations = 0;
  while (now - before < CEILING_MS) {
    await Promise.resolve();
    now = performance.now();
    operations += 1;
  }
  return operations / ((now - before) / 1000);
}
