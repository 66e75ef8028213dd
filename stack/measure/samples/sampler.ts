/** Samples the resource usage of a stack's containers during a measurement. */
import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import type { Resources } from "../../core/results/resources.ts";
import { engineCpu as engineCpuOf, type EngineCpu } from "./engine-use.ts";
import { IdleTimes } from "./idle.ts";
import type { Reading } from "./readings.ts";
import { resourcesOf, type BlockReadings, type BlockToRead, type CountersOverTime, type Sampler } from "./sampling.ts";
import type { CounterReader, Counters } from "../../core/machine/counters.ts";
import { messageOf } from "../../core/errors.ts";
import type { MachineFacts, ObservedContainer } from "../../core/machine/facts.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { bytes, inMib } from "../../core/units.ts";
import { withDeadline } from "../../host/deadline.ts";
import type { ProcessHost } from "../../host/processes.ts";

/** Starting a shell in every container, and reading their limits. */
const OPEN_DEADLINE_MS = 5_000;
/** A throttled container answers within some of its periods of 100 ms. */
const ANSWER_DEADLINE_MS = 1_000;
/** Enough for an hour with blocks of a third of a second; further samples are left out, with a note. */
const READS_MAXIMUM = 20_000;
/** Failed reads of a container; further ones would only take time from the blocks. */
const LATE_MAXIMUM = 5;

export interface OpenSampler extends Sampler {
  close(): void;
}

/**
 * Opens a sampler, which the caller closes. Never rejects: a container that cannot be read gives a note. With `host`, the
 * engine's own processes are told from others where they are this computer's.
 */
export async function openSampler(
  engine: Engine,
  containers: readonly ObservedContainer[],
  machine: MachineFacts,
  host?: ProcessHost,
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
  const clientInside = await isInside(sampled[0]?.reads[0]);
  const unread = running.filter((_, index) => opened[index] === undefined).map(({ service }) => service);
  const engineCpu = clientInside && host ? await engineCpuOf(host) : undefined;
  return new RunSampler({ sampled, unread, machine, clientInside, notes, ...(engineCpu && { engineCpu }) });
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
  /** Services with a container that cannot be read: what the others did is not their work. */
  readonly unread: readonly string[];
  readonly machine: MachineFacts;
  readonly clientInside: boolean;
  readonly notes: string[];
  /** Absent if the engine's processes run on another computer. */
  readonly engineCpu?: EngineCpu;
}

class RunSampler implements OpenSampler {
  readonly #opened: Opened;
  readonly #blocks: Resources["blocks"] = [];
  readonly #machineReads: Counters[];
  readonly #idle = new IdleTimes();
  readonly #late = new Map<string, number>();
  readonly #silent = new Set<BlockToRead["counters"]>();
  /** By this process's clock; the first read also has the machine's clock. */
  readonly #startedMs = performance.now();

  constructor(opened: Opened) {
    this.#opened = opened;
    this.#machineReads = opened.sampled.slice(0, 1).flatMap(({ reads }) => reads);
  }

  /**
   * Containers of a service become idle after its last block, and are no longer so before the first connection of its next
   * one: opening connections is work too.
   */
  async block({ scenario, services, isKept, counters }: BlockToRead): Promise<BlockReadings> {
    const own = this.#opened.sampled.filter(({ service }) => services.includes(service));
    const isWhole = own.length > 0 && !services.some((service) => this.#opened.unread.includes(service));
    const isChanging = (each: Sampled) => own.includes(each) === this.#idle.isIdle(each.instance);
    const changing = this.#opened.sampled.filter(isChanging);
    const reads = await this.#read(changing);
    for (const each of changing) this.#setIdle(each.instance, !own.includes(each), reads.get(each.instance));
    return {
      begin: async () => {
        const countedBefore = await this.#ask(counters);
        const containers = await this.#read(own);
        const engineBefore = this.#engineUse();
        const fromMs = this.#elapsedMs();
        const before = { containers, ...countedBefore, ...engineBefore, clientCpuUs: clientCpuUs() };
        return async () => {
          const clientAfterUs = clientCpuUs();
          if (isKept) this.#blocks.push({ scenario, fromMs, untilMs: this.#elapsedMs() });
          const containersAfter = await this.#read(own);
          const engineAfter = this.#engineUse();
          const after = { containers: containersAfter, ...engineAfter, ...(await this.#ask(counters)) };
          const isRead = isWhole && containers.size === own.length && after.containers.size === own.length;
          const { clientInside } = this.#opened;
          return isRead ? { before, after: { ...after, clientCpuUs: clientAfterUs }, clientInside } : undefined;
        };
      },
    };
  }

  #engineUse(): Pick<Reading, "engineCpuS"> {
    const engineCpuS = this.#opened.engineCpu?.();
    return engineCpuS === undefined ? {} : { engineCpuS };
  }

  async round(): Promise<void> {
    await this.#readAll(true);
  }

  async apart<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#readAll(false);
    try {
      return await work();
    } finally {
      await this.#readAll(true);
    }
  }

  async finish(): Promise<void> {
    await this.#readAll(false);
  }

  result(): Resources | undefined {
    const { sampled, machine, clientInside, notes } = this.#opened;
    return resourcesOf({
      containers: sampled,
      machine: { cpus: machine.cpus, memoryMib: inMib(machine.memory) },
      startedAtS: Math.min(...sampled.map(({ reads }) => reads[0]?.atS ?? Number.POSITIVE_INFINITY)),
      machineReads: this.#machineReads,
      idle: this.#idle,
      clientInside,
      blocks: this.#blocks,
      notes,
    });
  }

  close(): void {
    for (const { reader } of this.#opened.sampled) reader.close();
  }

  async #readAll(isIdleNow: boolean): Promise<void> {
    const { sampled } = this.#opened;
    const reads = await this.#read(sampled);
    for (const { instance } of sampled) this.#setIdle(instance, isIdleNow, reads.get(instance));
  }

  #setIdle(instance: string, isIdle: boolean, now: Counters | undefined): void {
    if (isIdle && now) this.#idle.begin(instance, now);
    else this.#idle.end(instance, now);
  }

  /** Resolves the counters by instance, without those of containers that did not answer in time. */
  async #read(containers: readonly Sampled[]): Promise<ReadonlyMap<string, Counters>> {
    const found = new Map<string, Counters>();
    await Promise.all(
      containers.map(async (each) => {
        const counters = await this.#readOne(each);
        if (counters) found.set(each.instance, counters);
      }),
    );
    const [first] = found.values();
    if (first && this.#machineReads.length < READS_MAXIMUM) this.#machineReads.push(first);
    return found;
  }

  async #readOne({ instance, reader, reads }: Sampled): Promise<Counters | undefined> {
    const late = this.#late.get(instance) ?? 0;
    if (late >= LATE_MAXIMUM) return undefined;
    try {
      const counters = await withDeadline(reader.read(), ANSWER_DEADLINE_MS, "no answer");
      if (reads.length < READS_MAXIMUM) reads.push(counters);
      else this.#note(`${instance} was sampled ${READS_MAXIMUM} times; later samples are left out`);
      return counters;
    } catch (error) {
      this.#late.set(instance, late + 1);
      this.#note(`${instance} was not read at every block: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** A server that failed to answer is not asked again: it would take the blocks' time. */
  async #ask(counters: BlockToRead["counters"]): Promise<Pick<Reading, "counted">> {
    if (!counters || this.#silent.has(counters)) return {};
    try {
      return { counted: await withDeadline(counters(), ANSWER_DEADLINE_MS, "no answer") };
    } catch (error) {
      this.#silent.add(counters);
      this.#note(`a server was not asked what it counted: ${messageOf(error)}`);
      return {};
    }
  }

  #note(text: string): void {
    if (!this.#opened.notes.includes(text)) this.#opened.notes.push(text);
  }

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#startedMs);
  }
}

/** Of all threads, in microseconds. */
function clientCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
