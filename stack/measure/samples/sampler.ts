/** Samples the resource usage of a stack's containers during a measurement. */
import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import type { Resources } from "../../core/results/resources.ts";
import { resourcesOf, type CountersOverTime, type Sampler } from "./sampling.ts";
import type { CounterReader, Counters } from "../../core/machine/counters.ts";
import { messageOf } from "../../core/errors.ts";
import type { MachineFacts, ObservedContainer } from "../../core/machine/facts.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { bytes, inMib } from "../../core/units.ts";
import { withDeadline } from "../../host/deadline.ts";

/** Starting a shell in every container, and reading their limits. */
const OPEN_DEADLINE_MS = 5_000;
/** A throttled container answers within some of its periods of 100 ms. */
const ANSWER_DEADLINE_MS = 1_000;
/** Enough for an hour with blocks of a tenth of a second; further reads are left out, with a note. */
const READS_MAXIMUM = 20_000;

export interface OpenSampler extends Sampler {
  close(): void;
}

/** Opens a sampler, which the caller closes. Never rejects: a container that cannot be read gives a note. */
export async function openSampler(
  engine: Engine,
  containers: readonly ObservedContainer[],
  machine: MachineFacts,
): Promise<OpenSampler> {
  const notes: string[] = [];
  const running = containers.filter(({ state }) => state === "running");
  const opened = await Promise.all(
    running.map(async (container) => {
      try {
        return await withDeadline(openOne(engine, container), OPEN_DEADLINE_MS, "it did not answer");
      } catch (error) {
        notes.push(`${container.instance} was not sampled: ${messageOf(error)}`);
        return undefined;
      }
    }),
  );
  const sampled = opened.filter((each) => each !== undefined);
  const inside = await isInside(sampled[0]?.reads[0]);
  return new RunSampler({ sampled, machine, clientInside: inside, notes });
}

interface Sampled extends CountersOverTime {
  readonly reader: CounterReader;
  readonly reads: Counters[];
}

async function openOne(engine: Engine, { id, instance, service }: ObservedContainer): Promise<Sampled> {
  const [{ cpus, memory }, reader] = await Promise.all([engine.effectiveLimits(id), engine.counters(id)]);
  const memoryLimitMib = Number.isFinite(memory) ? inMib(bytes(memory)) : Number.POSITIVE_INFINITY;
  return { instance, service, cpuLimit: cpus, memoryLimitMib, reader, reads: [await reader.read()] };
}

/** Returns whether the counters come from this computer's kernel: the boot id is equal. */
async function isInside(counters: Counters | undefined): Promise<boolean> {
  const here = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "none");
  return here.trim() === counters?.machine.bootId;
}

interface Opened {
  readonly sampled: readonly Sampled[];
  readonly machine: MachineFacts;
  readonly clientInside: boolean;
  readonly notes: string[];
}

class RunSampler implements OpenSampler {
  readonly #opened: Opened;
  readonly #blocks: Resources["blocks"] = [];
  /** By this process's clock; the first read also has the machine's clock. */
  readonly #startedMs = performance.now();
  #open: { readonly scenario: string; readonly fromMs: number } | undefined;

  constructor(opened: Opened) {
    this.#opened = opened;
  }

  begin(scenario: string | undefined): void {
    this.#open = scenario === undefined ? undefined : { scenario, fromMs: this.#elapsedMs() };
    void this.#read();
  }

  end(): void {
    if (this.#open) this.#blocks.push({ ...this.#open, untilMs: this.#elapsedMs() });
    this.#open = undefined;
  }

  async finish(): Promise<void> {
    await withDeadline(this.#read(), ANSWER_DEADLINE_MS, "no answer").catch(() => undefined);
  }

  result(): Resources | undefined {
    const { sampled, machine, clientInside, notes } = this.#opened;
    return resourcesOf({
      containers: sampled,
      machine: { cpus: machine.cpus, memoryMib: inMib(machine.memory) },
      startedAtS: Math.min(...sampled.map(({ reads }) => reads[0]?.atS ?? Number.POSITIVE_INFINITY)),
      clientInside,
      blocks: this.#blocks,
      notes,
    });
  }

  close(): void {
    for (const { reader } of this.#opened.sampled) reader.close();
  }

  async #read(): Promise<void> {
    await Promise.all(this.#opened.sampled.map((each) => this.#readOne(each)));
  }

  async #readOne({ instance, reader, reads }: Sampled): Promise<void> {
    const note = (text: string) => {
      if (!this.#opened.notes.includes(text)) this.#opened.notes.push(text);
    };
    if (reads.length >= READS_MAXIMUM) {
      note(`${instance} was sampled ${READS_MAXIMUM} times, and then no more`);
      return;
    }
    try {
      reads.push(await reader.read());
    } catch (error) {
      note(`${instance} was not sampled to the end: ${messageOf(error)}`);
    }
  }

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#startedMs);
  }
}
