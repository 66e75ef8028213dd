/** One run: sets the data up, measures on several generations of connections, and removes the data. */
import { messageOf } from "../../../stack/core/errors.ts";
import type { LoadTool, ScenarioRun } from "../../../stack/core/service/scenario.ts";
import { prepareAll, teardownAll } from "../../../stack/measure/prepare.ts";
import { orderOf } from "../../../stack/measure/schedule.ts";
import { metered, observeWindow } from "./observe.ts";
import type { Observed, RunResult, Timed } from "./results.ts";
import type { RunOrder } from "./order.ts";
import type { Stage, Variant } from "./stage.ts";

/** After connecting: compiling, first reads, plan caches. Not observed. */
const WARMUP_MS = 200;
/** First of all, for each scenario: the client's code is compiled while it runs slowly. */
const FIRST_MS = 1500;

/** What was collected of one variant. */
interface Taken {
  readonly variant: Variant;
  /** By connection, block and window. */
  readonly observed: Observed[][][];
  readonly overheadMs: number[];
  readonly ours: Timed[];
  readonly theirs: Timed[];
}

export class Play {
  readonly #order: RunOrder;
  readonly #stage: Stage;
  readonly #signal: AbortSignal;
  readonly #notes: string[] = [];
  readonly #withoutTool = new Set<Taken>();
  #taken: Taken[];

  constructor(order: RunOrder, stage: Stage, signal: AbortSignal) {
    this.#order = order;
    this.#stage = stage;
    this.#signal = signal;
    this.#taken = stage.variants
      .filter(({ scenario }) => order.scenario?.includes(scenario.name) ?? true)
      .map((variant) => ({ variant, observed: [], overheadMs: [], ours: [], theirs: [] }));
  }

  async run(): Promise<RunResult> {
    const { benches } = this.#stage;
    const scenarios = [...new Map(this.#taken.map(({ variant: { scenario } }) => [scenario.name, scenario])).values()];
    try {
      const { failures } = await prepareAll(benches, scenarios, this.#signal);
      for (const [name, reason] of failures) this.#leaveOut(({ variant }) => isOf(name, variant), reason);
      await this.#all(this.#order.turn, (taken) => this.#warm(taken));
      for (let connection = 0; connection < this.#order.connections; connection += 1) {
        const turn = this.#order.turn + connection;
        await this.#generation(turn);
        if (this.#order.toolS > 0) await this.#all(turn, (taken) => this.#beside(taken));
      }
    } finally {
      this.#notes.push(...(await teardownAll(benches)));
    }
    const measured = this.#taken.map(({ variant: { scenario }, observed, overheadMs, ours, theirs }) => ({
      scenario: scenario.name,
      clients: scenario.clients,
      observed,
      overheadMs,
      ...(scenario.loadTool && theirs.length > 0 && { tool: { tool: scenario.loadTool.tool, ours, theirs } }),
    }));
    return { measured, notes: this.#notes };
  }

  /** Connections of all scenarios stay open while their blocks take turns, so that blocks lie seconds apart. */
  async #generation(turn: number): Promise<void> {
    const open = new Map<Taken, ScenarioRun>();
    try {
      await this.#all(turn, async (taken) => {
        const before = performance.now();
        const { scenario, meters } = taken.variant;
        const run = await scenario.open(scenario.clients);
        open.set(taken, run);
        await observeWindow(scenario, run, meters, this.#times(WARMUP_MS));
        taken.overheadMs.push(performance.now() - before);
        taken.observed.push([]);
      });
      for (let block = 0; block < this.#order.blocks; block += 1) {
        await this.#all(turn + block, (taken) => this.#block(taken, open.get(taken)));
      }
    } finally {
      await Promise.allSettled([...open.values()].map((run) => run.close()));
    }
  }

  async #block({ variant: { scenario, meters }, observed }: Taken, run: ScenarioRun | undefined): Promise<void> {
    if (!run) return;
    const windows: Observed[] = [];
    for (let window = 0; window < this.#order.windows; window += 1) {
      windows.push(await observeWindow(scenario, run, meters, this.#times(this.#order.windowMs)));
    }
    observed.at(-1)?.push(windows);
  }

  async #warm({ variant: { scenario, meters } }: Taken): Promise<void> {
    const run = await scenario.open(scenario.clients);
    try {
      await observeWindow(scenario, run, meters, this.#times(FIRST_MS));
    } finally {
      await run.close();
    }
  }

  /** An image without the tool leaves only the comparison out. */
  async #beside(taken: Taken): Promise<void> {
    const { name, loadTool } = taken.variant.scenario;
    if (!loadTool || this.#withoutTool.has(taken)) return;
    try {
      await this.#tools(taken, loadTool);
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#withoutTool.add(taken);
      this.#notes.push(`${name} was not compared with ${loadTool.tool}: ${messageOf(error)}`);
    }
  }

  async #tools({ variant: { scenario, meters }, ours, theirs }: Taken, loadTool: LoadTool): Promise<void> {
    const { clients } = scenario;
    const { toolS } = this.#order;
    const run = await scenario.open(clients);
    try {
      await observeWindow(scenario, run, meters, this.#times(WARMUP_MS));
      ours.push(await observeWindow(scenario, run, meters, this.#times(toolS * 1000)));
    } finally {
      await run.close();
    }
    const how = { clients, durationS: toolS, signal: this.#signal };
    const { result, use } = await metered(meters, () => loadTool.run(how));
    theirs.push({ throughput: result.throughput, otherCores: use.otherCores });
  }

  /** Calls `each` for all, in another order each time. A variant that fails is left out of the rest, with a note. */
  async #all(turn: number, each: (taken: Taken) => Promise<void>): Promise<void> {
    for (const taken of orderOf(this.#taken, turn)) {
      this.#signal.throwIfAborted();
      try {
        await each(taken);
      } catch (error) {
        this.#signal.throwIfAborted();
        this.#leaveOut((other) => other === taken, messageOf(error));
      }
    }
  }

  #leaveOut(which: (taken: Taken) => boolean, reason: string): void {
    const gone = this.#taken.filter(which);
    for (const { variant } of gone) this.#notes.push(`${variant.scenario.name} was left out: ${reason}`);
    this.#taken = this.#taken.filter((taken) => !gone.includes(taken));
  }

  #times(windowMs: number) {
    return { warmupMs: 0, windowMs, signal: this.#signal };
  }
}

/** `name`: of a scenario or of its service. */
function isOf(name: string, { scenario }: Variant): boolean {
  return scenario.name === name || scenario.name.startsWith(`${name}/`);
}
