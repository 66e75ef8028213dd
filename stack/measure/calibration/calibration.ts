/** Calibration: how fast the machine is during a run. Recorded with the run, so that a slow machine explains itself. */
import { performance } from "node:perf_hooks";
import { mean, min } from "simple-statistics";
import { messageOf } from "../../core/errors.ts";
import type { RoundTrip } from "../../core/service/scenario.ts";
import { runClosedLoop } from "../../load/closed-loop.ts";
import { calibrationSchema, type Calibration } from "../../core/results/calibration.ts";
import { withDeadline } from "../../host/deadline.ts";
import { openEcho, type Echo } from "../../load/echo.ts";
import type { InsideFigure } from "../../core/results/figures.ts";
import { PROBES_MINIMUM_MS, type Inside } from "./inside.ts";
import { centreOf, type Centre } from "../../judge/stats/centre.ts";

export interface CalibratorOptions {
  readonly signal: AbortSignal;
  /** A container of the stack; without one, only the client's side is measured. */
  readonly inside?: Inside | undefined;
  /** Every container with a data volume, one a service: the synced writes in them, in turn. */
  readonly volumes?: readonly Volume[];
  /** The smallest request of each service that offers one. */
  readonly roundTrips: readonly { readonly service: string; readonly open: () => Promise<RoundTrip> }[];
}

/** A container of a service, on whose data volume synced writes are measured. */
export interface Volume {
  readonly service: string;
  readonly inside: Pick<Inside, "instance" | "syncWrites">;
}

/** About 4 ms on a core of 2020: long compared with the clock's resolution, short compared with a block. */
const CPU_STEPS = 3_000_000;
/** The first passes run before the compiler has finished with them. */
const CPU_WARM_PASSES = 4;
/** Less than a millisecond in all on an idle machine. */
const ROUND_TRIPS = 12;
/** Round trips to a service before each of its blocks: a millisecond in all. */
const SERVICE_TRIPS = 3;
/** Warms up plans, caches and the compiler. */
const SERVICE_WARM_TRIPS = 20;
const TRIP_DEADLINE_MS = 1_000;
const OPEN_DEADLINE_MS = 3_000;
/** Rounds of blocks between two samples in the container of `inside`; each sample is a command in a container. */
const WRITES_EVERY = 3;
const SYNC_DEADLINE_MS = 4_000;
const CEILING_MS = 30;
/** Until the loop is compiled. */
const CEILING_WARMUP_MS = 10;
/** The number of clients of most scenarios. */
const CEILING_CLIENTS = 8;

type SampledFigure = "cpuMs" | "loopbackRttMs" | "syncWriteMs";

/**
 * Measures the client, the round trips and the synced writes repeatedly between the blocks, and returns medians: a
 * single measurement of some milliseconds describes that moment, not the run. Probes that need longer run once, in
 * between. Rejects only when aborted; a figure that cannot be measured is absent, with a note.
 */
export class Calibrator {
  readonly #samples = new Map<string, number[]>();
  readonly #trips = new Map<string, RoundTrip>();
  readonly #tripSamples = new Map<string, number[]>();
  /** By service. */
  readonly #syncSamples = new Map<string, number[]>();
  #volumesMeasured = 0;
  readonly #notes = new Set<string>();
  readonly #options: CalibratorOptions;
  #probed: ReadonlyMap<InsideFigure, readonly number[]> = new Map();
  #echo: Echo | undefined;
  #loaderCeiling = 0;

  constructor(options: CalibratorOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { inside, roundTrips } = this.#options;
    for (let pass = 0; pass < CPU_WARM_PASSES; pass += 1) timeArithmetic();
    this.#loaderCeiling = await timeLoader(this.#options.signal);
    this.#echo = await this.#tried("loopback round trips", TRIP_DEADLINE_MS, openEcho());
    for (const { service, open } of roundTrips) {
      const opening = open();
      const trip = await this.#tried(`round trips to ${service}`, OPEN_DEADLINE_MS, warmed(opening));
      if (trip !== undefined) this.#trips.set(service, trip);
      // Nobody uses a round trip that opens too late: close it.
      else void opening.then((late) => late.close()).catch(() => undefined);
    }
    if (inside === undefined) {
      this.#notes.add("the inside of the machine was not measured: no container with a data volume was given");
    }
    await this.sample(...this.#trips.keys());
  }

  /**
   * Measures the figures that need longer, once: in `usualMs`, up to twice as long on a busy machine, never beyond
   * `limitMs`.
   */
  async probe(usualMs: number, limitMs: number): Promise<void> {
    const { inside, signal } = this.#options;
    if (inside === undefined) return;
    const budgetMs = Math.min(usualMs, limitMs);
    if (budgetMs < PROBES_MINIMUM_MS) {
      this.#notes.add("one thread, all threads and more of the inside were not measured: the scenarios took the time");
      return;
    }
    const { samples, notes } = await inside.probe(budgetMs, Math.min(2 * usualMs, limitMs));
    signal.throwIfAborted();
    this.#probed = samples;
    for (const note of notes) this.#notes.add(note);
  }

  /** Measures arithmetic and round trips, also to the services whose blocks come next; some 6 ms. */
  async sample(...services: readonly string[]): Promise<void> {
    this.#add("cpuMs", [timeArithmetic()]);
    const echo = this.#echo;
    if (echo !== undefined) {
      const durations = await this.#tried("loopback round trips", TRIP_DEADLINE_MS, echo.roundTrips(ROUND_TRIPS));
      this.#add("loopbackRttMs", durations ?? []);
    }
    for (const service of services) {
      const trip = this.#trips.get(service);
      if (trip === undefined) continue;
      const durations = await this.#tried(`round trips to ${service}`, TRIP_DEADLINE_MS, timeTrips(trip));
      if (durations === undefined) this.#trips.delete(service);
      push(this.#tripSamples, service, durations ?? []);
    }
  }

  /** Measures synced writes in the container of `inside`. */
  async writes(): Promise<void> {
    const { inside, volumes = [] } = this.#options;
    if (inside === undefined) return;
    const written = (await this.#tried("synced writes", SYNC_DEADLINE_MS, inside.syncWrites())) ?? [];
    this.#add("syncWriteMs", written);
    const same = volumes.find((volume) => volume.inside.instance === inside.instance);
    if (same) push(this.#syncSamples, same.service, written);
  }

  /** Measures synced writes in one container, between two rounds of blocks. */
  async writesInTurn(round: number): Promise<void> {
    await (round % WRITES_EVERY === 0 ? this.writes() : this.#writesElsewhere());
  }

  /** Takes the next of the other containers with a data volume. */
  async #writesElsewhere(): Promise<void> {
    const { inside, volumes = [] } = this.#options;
    const others = volumes.filter((volume) => volume.inside.instance !== inside?.instance);
    const next = others[this.#volumesMeasured % Math.max(1, others.length)];
    if (next === undefined) return;
    this.#volumesMeasured += 1;
    const what = `synced writes of ${next.service}`;
    const written = await this.#tried(what, SYNC_DEADLINE_MS, next.inside.syncWrites());
    push(this.#syncSamples, next.service, written ?? []);
  }

  async close(): Promise<void> {
    this.#echo?.close();
    const closing = Promise.allSettled([...this.#trips.values()].map((trip) => trip.close()));
    await withDeadline(closing, TRIP_DEADLINE_MS, "closing did not end").catch(() => undefined);
  }

  /** Returns undefined until `start` has ended. */
  result(): Calibration | undefined {
    const centres = centresOf(new Map<string, readonly number[]>([...this.#samples, ...this.#probed]));
    if (!centres.has("cpuMs")) return undefined;
    const trips = centresOf(this.#tripSamples);
    const syncs = this.#samples.get("syncWriteMs") ?? [];
    const syncWriteMeanMs = trimmedMean(syncs);
    const syncsOf = centresOf(this.#syncSamples);
    return calibrationSchema.parse({
      ...mapValues(centres, ({ median }) => median),
      ...(this.#probed.size > 0 && { inside: this.#options.inside?.instance }),
      ...(trips.size > 0 && { publishedRttMs: mapValues(trips, ({ median }) => median) }),
      loaderCeiling: this.#loaderCeiling,
      ...(syncWriteMeanMs !== undefined && { syncWriteMeanMs }),
      ...(syncsOf.size > 0 && {
        syncWriteMsOf: mapValues(syncsOf, ({ median }) => median),
        syncWriteMeanMsOf: Object.fromEntries(
          [...this.#syncSamples].flatMap(([service, values]) => (values.length > 0 ? [[service, mean(values)]] : [])),
        ),
      }),
      floors: {
        ...(syncs.length > 0 && { syncWriteMs: min(syncs) }),
        publishedRttMs: mapValues(trips, ({ low }) => low),
      },
      errors: {
        ...errorsOf(centres, ""),
        ...errorsOf(trips, "publishedRttMs."),
        ...errorsOf(syncsOf, "syncWriteMsOf."),
      },
      notes: [...this.#notes],
    });
  }

  #add(name: SampledFigure, values: readonly number[]): void {
    push(this.#samples, name, values);
  }

  async #tried<T>(what: string, deadlineMs: number, work: Promise<T>): Promise<T | undefined> {
    const { signal } = this.#options;
    try {
      return await withDeadline(work, deadlineMs, "no answer", signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#notes.add(`${what} were not all measured: ${messageOf(error)}`);
      return undefined;
    }
  }
}

const KEPT_SHARE = 0.95;

/** Returns undefined without values. */
function trimmedMean(values: readonly number[]): number | undefined {
  const kept = values.toSorted((left, right) => left - right).slice(0, Math.ceil(KEPT_SHARE * values.length));
  return kept.length === 0 ? undefined : mean(kept);
}

function push(samples: Map<string, number[]>, name: string, values: readonly number[]): void {
  const known = samples.get(name);
  if (known === undefined) samples.set(name, [...values]);
  else known.push(...values);
}

function centresOf(samples: ReadonlyMap<string, readonly number[]>): ReadonlyMap<string, Centre> {
  const found = new Map<string, Centre>();
  for (const [name, values] of samples) {
    const centre = centreOf(values);
    if (centre !== undefined) found.set(name, centre);
  }
  return found;
}

function errorsOf(centres: ReadonlyMap<string, Centre>, prefix: string): Record<string, number> {
  return Object.fromEntries(
    [...centres].flatMap(([name, { error }]) => (error === undefined ? [] : [[`${prefix}${name}`, error]])),
  );
}

function mapValues<T>(map: ReadonlyMap<string, T>, change: (value: T) => number): Record<string, number> {
  return Object.fromEntries([...map].map(([name, value]) => [name, change(value)]));
}

async function warmed(opening: Promise<RoundTrip>): Promise<RoundTrip> {
  const trip = await opening;
  for (let count = 0; count < SERVICE_WARM_TRIPS; count += 1) await trip.trip();
  return trip;
}

async function timeTrips(trip: RoundTrip): Promise<readonly number[]> {
  const durations: number[] = [];
  for (let count = 0; count < SERVICE_TRIPS; count += 1) {
    const before = performance.now();
    await trip.trip();
    durations.push(performance.now() - before);
  }
  return durations;
}

/**
 * Times integer arithmetic in which each step depends on the one before, so that no compiler removes or vectorises it.
 */
function timeArithmetic(): number {
  const before = performance.now();
  let state = 1;
  for (let step = 0; step < CPU_STEPS; step += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  const elapsedMs = performance.now() - before;
  return state === 0 ? elapsedMs + Number.EPSILON : elapsedMs;
}

/** Measures the ceiling of the load loop: operations a second if the operation does nothing. */
async function timeLoader(signal: AbortSignal): Promise<number> {
  const nothing = { operation: () => Promise.resolve(), close: () => Promise.resolve() };
  const times = { warmupMs: CEILING_WARMUP_MS, windowMs: CEILING_MS, signal };
  const outcome = await runClosedLoop(CEILING_CLIENTS, nothing, times);
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.measured.throughput;
}
