/**
 * Notices that this process was stopped (Ctrl-Z), that its computer slept, or that it had no cpu for seconds: what was
 * measured meanwhile is no measure of the stack.
 */
import { performance } from "node:perf_hooks";

const TICK_MS = 100;
/** No load loop keeps the event loop busy for so long. */
const STOP_MS = 1_500;

export class Stops {
  #count = 0;
  #totalMs = 0;
  #atMs = performance.now();
  #wallMs = Date.now();
  readonly #timer: NodeJS.Timeout;
  readonly #onStop: (lostMs: number) => void;

  /** `onStop` receives the milliseconds by which the process's clock went on, which it does not in a computer's sleep. */
  constructor(onStop: (lostMs: number) => void) {
    this.#onStop = onStop;
    this.#timer = setInterval(() => this.#look(), TICK_MS).unref();
  }

  /** The number of stops until now. */
  get count(): number {
    this.#look();
    return this.#count;
  }

  /** `stoppedS`: seconds of all stops; absent without one. */
  result(): { readonly stoppedS?: number } {
    return this.count === 0 ? {} : { stoppedS: Math.round(this.#totalMs / 100) / 10 };
  }

  warnings(): readonly string[] {
    const { stoppedS } = this.result();
    if (stoppedS === undefined) return [];
    return [`this process or its computer was stopped for ${stoppedS} s; the blocks of that time were measured again`];
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const [atMs, wallMs] = [performance.now(), Date.now()];
    const passedMs = atMs - this.#atMs;
    const sleptMs = wallMs - this.#wallMs - passedMs;
    [this.#atMs, this.#wallMs] = [atMs, wallMs];
    const stoppedMs = Math.max(passedMs, sleptMs);
    if (stoppedMs < STOP_MS) return;
    this.#count += 1;
    this.#totalMs += stoppedMs;
    if (passedMs >= STOP_MS) this.#onStop(passedMs);
  }
}
