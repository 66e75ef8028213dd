/** Sends a steady stream of requests to one service, as an application does, while something happens to the service. */
import { setTimeout as pause } from "node:timers/promises";
import { messageOf } from "../../../stack/core/errors.ts";
import type { Scenario, ScenarioRun } from "../../../stack/core/service/scenario.ts";
import { withDeadline } from "../../../stack/host/deadline.ts";

/** Connections of one probe, like a small pool; requests wait for a free one. */
const CLIENTS = 4;
/** An application gives up on a request after this time. */
const REQUEST_DEADLINE_MS = 15_000;
/** Pause between attempts to reconnect after connections were lost. */
const RECONNECT_MS = 250;
/** Failure reasons kept; later ones repeat them. */
const REASONS_KEPT = 5;

export interface Probed {
  readonly scenario: string;
  readonly sent: number;
  readonly failed: number;
  /** Longest time from a request's due time to its answer. */
  readonly longestPauseMs: number;
  readonly medianMs: number;
  readonly reasons: readonly string[];
}

/**
 * Sends `ratePerS` requests a second on persistent connections, by the clock and not as answers arrive. A failed
 * request is not repeated; its connection is opened again, as a pool does.
 */
export class Probe {
  readonly #scenario: Scenario;
  readonly #latenciesMs: number[] = [];
  readonly #reasons = new Set<string>();
  readonly #open = new Set<Promise<void>>();
  /** Requests that wait for a connection, the oldest first. */
  readonly #waiting = new Set<(client: number) => void>();
  #run: ScenarioRun;
  #free = Array.from({ length: CLIENTS }, (_, client) => client);
  #reconnecting: Promise<void> | undefined;
  #sent = 0;
  #failed = 0;
  #ended = false;

  private constructor(scenario: Scenario, run: ScenarioRun) {
    this.#scenario = scenario;
    this.#run = run;
  }

  static async start(scenario: Scenario, ratePerS: number): Promise<Probe> {
    const probe = new Probe(scenario, await scenario.open(CLIENTS));
    void probe.#schedule(1000 / ratePerS);
    return probe;
  }

  /** Waits for the last answers and closes everything. */
  async end(): Promise<Probed> {
    this.#ended = true;
    await Promise.all(this.#open);
    await this.#reconnecting;
    await this.#run.close().catch(() => undefined);
    const sorted = this.#latenciesMs.toSorted((left, right) => left - right);
    return {
      scenario: this.#scenario.name,
      sent: this.#sent,
      failed: this.#failed,
      longestPauseMs: sorted.at(-1) ?? 0,
      medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
      reasons: [...this.#reasons],
    };
  }

  async #schedule(stepMs: number): Promise<void> {
    const from = performance.now();
    for (let request = 0; !this.#ended; request += 1) {
      const due = from + request * stepMs;
      const waitMs = due - performance.now();
      if (waitMs > 0) await pause(waitMs);
      if (this.#ended) break; // ended while it waited
      const sending = this.#send(due);
      this.#open.add(sending);
      void sending.then(() => this.#open.delete(sending));
    }
  }

  async #send(due: number): Promise<void> {
    this.#sent += 1;
    const client = await this.#connection();
    if (client === undefined) return this.#fail("no connection was free in time", this.#run);
    const run = this.#run;
    try {
      await withDeadline(run.operation(client), REQUEST_DEADLINE_MS, "no answer");
      this.#latenciesMs.push(performance.now() - due);
    } catch (error) {
      this.#fail(messageOf(error), run);
    } finally {
      if (run === this.#run) this.#give(client);
    }
  }

  /** Resolves to a free connection, or to the next one that becomes free; to undefined if none does in time. */
  async #connection(): Promise<number | undefined> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(take);
        resolve(undefined);
      }, REQUEST_DEADLINE_MS);
      const take = (client: number) => {
        clearTimeout(timer);
        this.#waiting.delete(take);
        resolve(client);
      };
      this.#waiting.add(take);
    });
  }

  /** Gives the connection to the request that has waited longest. */
  #give(client: number): void {
    const [take] = this.#waiting;
    if (take) take(client);
    else this.#free.push(client);
  }

  #fail(reason: string, run: ScenarioRun): void {
    this.#failed += 1;
    if (this.#reasons.size < REASONS_KEPT) this.#reasons.add(reason);
    if (run === this.#run && !this.#ended) this.#reconnecting ??= this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    while (!this.#ended) {
      try {
        const run = await this.#scenario.open(CLIENTS);
        void this.#run.close().catch(() => undefined);
        this.#run = run;
        this.#free = [];
        for (let client = 0; client < CLIENTS; client += 1) this.#give(client);
        break;
      } catch {
        await pause(RECONNECT_MS);
      }
    }
    this.#reconnecting = undefined;
  }
}
