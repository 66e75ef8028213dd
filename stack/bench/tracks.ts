/** What is known of one scenario while the run goes on. */
import { encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { Bench, Scenario } from "../core/scenario.ts";
import type { Block, ScenarioResult } from "./document.ts";
import { latencyHistogram, type BlockOutcome } from "./loop.ts";
import { LITTLE_TOLERANCE } from "./stats/little.ts";
import { trendOf } from "./stats/trend.ts";

/** The benchmark half of one service, with the services whose versions its figures depend on. */
export interface NamedBench {
  readonly service: string;
  /** Services below it: the database behind a pooler. */
  readonly requires?: readonly string[];
  readonly bench: Bench;
}

/** A drift that is neither small nor chance makes the blocks no repeats of one thing. */
const DRIFT_LIMIT = 0.2;
const DRIFT_SIGNIFICANCE = 0.01;

/** One scenario of the run; `add` and `fail` are its only changes. */
export class Track {
  readonly scenario: Scenario;
  readonly services: readonly string[];
  readonly #histogram = latencyHistogram();
  readonly #blocks: Block[] = [];
  #failure: { readonly reason: string; readonly errors: number } | undefined;

  constructor(scenario: Scenario, bench: NamedBench) {
    this.scenario = scenario;
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
    this.#histogram.add(outcome.histogram);
  }

  fail(reason: string): void {
    this.#failure ??= { reason, errors: 0 };
  }

  /** A scenario whose operations fail is `failed`, whatever it measured before: never a number. */
  result(): ScenarioResult {
    const { name, title, effect, clients, parameters } = this.scenario;
    const head = { name, title, effect, clients, parameters: { ...parameters }, services: [...this.services] };
    if (this.#failure !== undefined) return { ...head, status: "failed", ...this.#failure };
    if (this.#blocks.length === 0) return { ...head, status: "skipped", reason: "no block was measured" };
    return {
      ...head,
      status: "measured",
      blocks: [...this.#blocks],
      histogram: encodeIntoCompressedBase64(this.#histogram),
      notes: notesOn(this.#blocks),
    };
  }
}

function notesOn(blocks: readonly Block[]): string[] {
  const notes: string[] = [];
  const broken = blocks.filter(({ littleDeviation }) => littleDeviation > LITTLE_TOLERANCE).length;
  if (broken > 0) {
    notes.push(`self-check: throughput × latency is not the number of clients in ${broken} of ${blocks.length} blocks`);
  }
  const limited = blocks.flatMap(({ clientLimited }) => clientLimited ?? []);
  if (limited[0] !== undefined && 2 * limited.length > blocks.length)
    notes.push(`client limited, the server may do more: ${limited[0]}`);
  const trend = trendOf(blocks.map(({ throughput }) => throughput));
  if (trend !== undefined && Math.abs(trend.change) > DRIFT_LIMIT && trend.p < DRIFT_SIGNIFICANCE) {
    const verb = trend.change > 0 ? "rose" : "fell";
    notes.push(`unsteady: throughput ${verb} by ${Math.round(Math.abs(trend.change) * 100)} % over the blocks`);
  }
  return notes;
}
