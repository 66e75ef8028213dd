/** The state of one scenario during a run. */
import { decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";
import type { Bench, Scenario } from "../core/service/scenario.ts";
import type { Block, LoadToolOutcome, ScenarioResult } from "../core/results/measurement.ts";
import type { BlockOutcome } from "./block.ts";
import { latencyHistogram } from "../load/histogram.ts";
import { threadsOf, type Load } from "../load/load.ts";
import { LITTLE_TOLERANCE } from "../judge/stats/little.ts";
import { steadiness } from "../judge/stats/steady.ts";

/** The benchmark of one service, with the services whose versions its figures depend on. */
export interface NamedBench {
  readonly service: string;
  /** Services behind it: the database of a pooler. */
  readonly requires?: readonly string[];
  readonly bench: Bench;
}

/** One scenario of the run. Only `add`, `fail` and `setLoadTool` change it. */
export class Track {
  readonly scenario: Scenario;
  readonly services: readonly string[];
  /** What its server counts itself. */
  readonly counters: Bench["counters"];
  readonly #blocks: Block[] = [];
  readonly #latencies = new Latencies();
  readonly #load: Pick<ScenarioResult, "ratePerS" | "threads">;
  #loadTool: LoadToolOutcome | undefined;
  #failure: { readonly reason: string; readonly errors: number } | undefined;

  constructor(scenario: Scenario, bench: NamedBench, load: Load = {}) {
    const threads = threadsOf(scenario, load);
    this.#load = {
      ...(load.ratePerS === undefined ? {} : { ratePerS: load.ratePerS }),
      ...(threads > 1 ? { threads } : {}),
    };
    this.scenario = scenario;
    this.counters = bench.bench.counters;
    this.services = [bench.service, ...(bench.requires ?? [])];
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  get blocks(): number {
    return this.#blocks.length;
  }

  add(outcome: BlockOutcome): void {
    if (!outcome.ok) {
      this.#failure ??= { reason: outcome.reason, errors: outcome.errors };
      return;
    }
    this.#blocks.push(outcome.block);
    this.#latencies.add(outcome.histogram);
  }

  fail(reason: string): void {
    this.#failure ??= { reason, errors: 0 };
  }

  /** Sets what the server's own load tool has measured so far. */
  setLoadTool(outcome: LoadToolOutcome): void {
    this.#loadTool = outcome;
  }

  /**
   * A scenario with failing operations is `failed`, even if earlier blocks measured something: it never gives a number.
   */
  result(): ScenarioResult {
    const { name, title, effect, clients, cost, parameters } = this.scenario;
    const what = { name, title, effect, clients, ...(cost && { cost: { ...cost } }), parameters: { ...parameters } };
    const head = { ...what, ...this.#load, services: [...this.services] };
    if (this.#failure !== undefined) return { ...head, status: "failed", ...this.#failure };
    if (this.#blocks.length === 0) {
      return { ...head, status: "skipped", reason: "the time ended before its first block" };
    }
    const found = steadiness(this.#blocks.map(({ throughput }) => throughput));
    switch (found.kind) {
      case "unsteady":
        return { ...head, status: "unsteady", reason: driftOf(found.change), blocks: [...this.#blocks] };
      case "steady": {
        const blocks = this.#blocks.slice(found.from);
        const histogram = this.#latencies.from(found.from);
        const notes = [...warmUpOf(found.from), ...notesOn(blocks)];
        return {
          ...head,
          status: "measured",
          blocks,
          histogram,
          notes,
          ...(this.#loadTool && { native: this.#loadTool }),
        };
      }
    }
  }
}

/** The latencies of each block, so that warm-up blocks can be left out; encoded, each takes a few kB. */
class Latencies {
  readonly #blocks: string[] = [];
  #merged: Histogram = latencyHistogram();
  #from = 0;
  #encoded: string | undefined;

  add(histogram: Histogram): void {
    this.#blocks.push(encodeIntoCompressedBase64(histogram));
    this.#merged.add(histogram);
    this.#encoded = undefined;
  }

  /** Returns all latencies without those of the first blocks, encoded. */
  from(first: number): string {
    if (first !== this.#from) {
      this.#merged = latencyHistogram();
      for (const block of this.#blocks.slice(first)) this.#merged.add(decodeFromCompressedBase64(block));
      this.#from = first;
      this.#encoded = undefined;
    }
    this.#encoded ??= encodeIntoCompressedBase64(this.#merged);
    return this.#encoded;
  }
}

function driftOf(change: number): string {
  const verb = change > 0 ? "rose" : "fell";
  return `throughput ${verb} by ${Math.round(Math.abs(change) * 100)} % over the blocks and did not settle`;
}

function warmUpOf(blocks: number): string[] {
  if (blocks === 0) return [];
  return [blocks === 1 ? "the first block was warm-up" : `the first ${blocks} blocks were warm-up`];
}

function notesOn(blocks: readonly Block[]): string[] {
  const notes: string[] = [];
  const broken = blocks.filter(({ littleDeviation = 0 }) => littleDeviation > LITTLE_TOLERANCE).length;
  if (broken > 0) {
    notes.push(`self-check: throughput × latency is not the number of clients in ${broken} of ${blocks.length} blocks`);
  }
  const schedule = scheduleOf(blocks);
  if (schedule !== undefined) notes.push(schedule);
  const limited = blocks.flatMap(({ clientLimited }) => clientLimited ?? []);
  if (limited[0] !== undefined && 2 * limited.length > blocks.length)
    notes.push(`client limited, the server may do more: ${limited[0]}`);
  return notes;
}

/** Returns what became of an open loop's requests; undefined for a closed loop. */
function scheduleOf(blocks: readonly Block[]): string | undefined {
  const schedules = blocks.flatMap(({ schedule }) => schedule ?? []);
  if (schedules.length === 0) return undefined;
  const [due, late, dropped] = (["due", "late", "dropped"] as const).map((field) =>
    schedules.reduce((sum, schedule) => sum + schedule[field], 0).toLocaleString("en-US"),
  );
  return `open loop: of ${due} requests ${late} were sent late and ${dropped} were dropped`;
}
