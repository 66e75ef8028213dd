/** The open loop: sends requests by the clock, as users do, whether or not the server keeps up. */
import { performance } from "node:perf_hooks";
import { messageOf } from "../core/errors.ts";
import type { ScenarioRun } from "../core/service/scenario.ts";
import { latencyHistogram, recordLatency } from "./histogram.ts";
import { Flight, runClients, type LoopOptions, type LoopOutcome, type Measured } from "./loop.ts";
import { startMetronome } from "./metronome.ts";

/** A request sent later than this counts as late: for a fast operation, its latency would be mostly the delay. */
const LATE_MS = 1;
/** Requests that may wait for a free connection: ten seconds at 1000 a second, in 80 KB. */
const WAITING_LIMIT = 10_000;
/** Requests that still wait this long after the window are dropped: a slow server would keep the block for minutes. */
const DRAIN_MS = 2_000;

export interface OpenLoopOptions extends LoopOptions {
  /** Requests a second. */
  readonly ratePerS: number;
  /** Replaces the built-in number of requests that may wait for a free connection. */
  readonly waitingLimit?: number;
}

/** What became of the requests that were due within the window. */
export interface Kept {
  readonly due: number;
  /** Sent over a millisecond late, because no connection was free or this process was delayed. */
  readonly late: number;
  /** Never sent: too many were waiting, or the drain had ended. */
  readonly dropped: number;
}

export interface OpenMeasured extends Measured {
  readonly schedule: Kept;
}

/**
 * Request k is due at t0 + k / rate and is sent on any free connection, or waits for one. Its latency counts from its
 * due time, so that a stall of the server shows in all requests that users would have sent meanwhile (coordinated
 * omission; Gil Tene, "How NOT to Measure Latency"). Every request due within the window is answered or counted as
 * dropped before the block ends. Throughput counts the answers, until the last one.
 */
export async function runOpenLoop(
  clients: number,
  run: ScenarioRun,
  options: OpenLoopOptions,
): Promise<LoopOutcome<OpenMeasured>> {
  const stepMs = 1000 / options.ratePerS;
  const windowMs = Math.max(options.windowMs, stepMs);
  const flight = new Flight(clients);
  let schedule: Schedule | undefined;
  const metronome = await startMetronome(stepMs, options.warmupMs + windowMs, () => schedule?.send());
  try {
    schedule = new Schedule({ ...options, windowMs, stepMs, flight, run });
    const use = await runClients(flight, { ...options, windowMs }, schedule.finished);
    return flight.failure() ?? schedule.outcome(use);
  } finally {
    metronome.stop();
  }
}

interface Plan {
  readonly flight: Flight;
  readonly run: ScenarioRun;
  readonly stepMs: number;
  readonly warmupMs: number;
  readonly windowMs: number;
  readonly waitingLimit?: number;
}

class Schedule {
  /** Resolves when every request of the schedule is answered or dropped. */
  readonly finished: Promise<void>;
  readonly #plan: Plan;
  readonly #from = performance.now();
  readonly #begin: number;
  readonly #end: number;
  readonly #free: number[];
  readonly #histogram = latencyHistogram();
  /** Due times of the requests that wait for a connection; the oldest is at `#head`. */
  #waiting: number[] = [];
  #head = 0;
  #next = 0;
  #due = 0;
  #late = 0;
  #dropped = 0;
  #latencyMs = 0;
  #completed = 0;
  #lastAnswer = 0;
  #finish: () => void = () => {};

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#begin = this.#from + plan.warmupMs;
    this.#end = this.#begin + plan.windowMs;
    this.#free = plan.flight.started.map((_, client) => client);
    this.finished = new Promise((resolve) => (this.#finish = resolve));
    const timer = setTimeout(() => this.#drop(), plan.warmupMs + plan.windowMs + DRAIN_MS).unref();
    void this.finished.then(() => clearTimeout(timer));
  }

  /** Sends all requests that are due. */
  send(): void {
    const { flight, stepMs, waitingLimit = WAITING_LIMIT } = this.#plan;
    const now = performance.now();
    for (;;) {
      const due = this.#from + this.#next * stepMs;
      if (due > now || due >= this.#end || flight.stopped) break;
      this.#next += 1;
      if (due >= this.#begin) this.#due += 1;
      const client = this.#free.pop();
      if (client !== undefined) void this.#serve(client, due);
      else if (this.#waiting.length - this.#head < waitingLimit) this.#waiting.push(due);
      else if (due >= this.#begin) this.#dropped += 1;
    }
    this.#endIfDone();
  }

  outcome(use: Measured["use"]): LoopOutcome<OpenMeasured> {
    const answered = this.#histogram.totalCount;
    const due = this.#due;
    if (answered === 0) return { ok: false, reason: `none of ${due} requests was answered in time`, errors: due };
    const lost = due - answered - this.#dropped;
    if (lost !== 0)
      return { ok: false, reason: `self-check: ${lost} of ${due} requests are unaccounted for`, errors: 0 };
    const elapsedMs = Math.max(this.#end, this.#lastAnswer) - this.#begin;
    return {
      ok: true,
      measured: {
        histogram: this.#histogram,
        throughput: answered / (elapsedMs / 1000),
        latencyMs: this.#latencyMs,
        allOperations: this.#completed,
        use,
        schedule: { due, late: this.#late, dropped: this.#dropped },
      },
    };
  }

  /** Sends one client's requests as long as some are waiting. */
  async #serve(client: number, first: number): Promise<void> {
    const { flight, run } = this.#plan;
    for (let due: number | undefined = first; due !== undefined && !flight.stopped; due = this.#takeWaiting()) {
      const started = performance.now();
      flight.started[client] = started;
      if (due >= this.#begin && started - due > LATE_MS) this.#late += 1;
      try {
        await run.operation(client);
        this.#completed += 1;
        if (due >= this.#begin && !flight.stopped) this.#answered(due, performance.now());
      } catch (error) {
        flight.fail(messageOf(error));
      }
    }
    flight.started[client] = undefined;
    this.#free.push(client);
    this.send();
  }

  #answered(due: number, now: number): void {
    this.#lastAnswer = now;
    this.#latencyMs += now - due;
    recordLatency(this.#histogram, now - due);
  }

  #takeWaiting(): number | undefined {
    const due = this.#waiting[this.#head];
    if (due === undefined) {
      this.#waiting = [];
      this.#head = 0;
      return undefined;
    }
    this.#head += 1;
    if (this.#head > WAITING_LIMIT) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return due;
  }

  #endIfDone(): void {
    const sent = this.#from + this.#next * this.#plan.stepMs >= this.#end;
    const idle = this.#free.length === this.#plan.flight.started.length && this.#waiting.length === this.#head;
    if (this.#plan.flight.stopped || (sent && idle)) this.#finish();
  }

  /** Drops the requests that have no connection at the end of the drain. */
  #drop(): void {
    this.send();
    this.#dropped += this.#waiting.slice(this.#head).filter((due) => due >= this.#begin).length;
    this.#waiting = [];
    this.#head = 0;
    this.#endIfDone();
  }
}
