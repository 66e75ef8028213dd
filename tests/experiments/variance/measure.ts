/** Everything that `bench:variance` measures, on a stack of its own. */
import { messageOf } from "../../../stack/core/errors.ts";
import type { Report } from "../../../stack/core/progress.ts";
import type { ScenarioRun } from "../../../stack/core/service/scenario.ts";
import { DEFAULT_PROFILE } from "../../../stack/records/profiles.ts";
import { prepareAll, teardownAll } from "../../../stack/measure/prepare.ts";
import { orderOf } from "../../../stack/measure/schedule.ts";
import type { StackOptions } from "../../../stack/commands/request/request.ts";
import { withOwnStack } from "../self/own-stack.ts";
import { metered, observeWindow, type Observed } from "./observe.ts";
import { openStage, type Stage, type Variant } from "./stage.ts";

/** Numbers of members at each level, and lengths. */
export interface Design {
  readonly runs: number;
  readonly connections: number;
  readonly blocks: number;
  readonly windows: number;
  readonly windowMs: number;
  /** Length of one run of the servers' own load tools, and of the client's window beside it; 0 for none. */
  readonly toolS: number;
}

export interface VarianceOptions extends Design {
  readonly stack: StackOptions;
  readonly clients: readonly (number | "default")[];
  /** Some scenarios of the smoke set; all if absent. */
  readonly scenario?: readonly string[] | undefined;
  readonly confirm: (question: string) => Promise<boolean>;
}

interface Controls {
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** The server's own load tool and our client, in turn, each for as long. */
export interface ToolPair {
  readonly tool: string;
  readonly ours: readonly Timed[];
  readonly theirs: readonly Timed[];
}

export type Timed = Pick<Observed, "throughput" | "otherCores">;

export interface Measured {
  readonly scenario: string;
  readonly clients: number;
  /** By run, connection, block and window. */
  readonly observed: readonly (readonly (readonly (readonly Observed[])[])[])[];
  /** Connecting, warm-up and closing of one block in milliseconds, by connection. */
  readonly overheadMs: readonly number[];
  readonly tool: ToolPair | undefined;
}

export interface Variance {
  readonly profile: string;
  readonly design: Design;
  readonly machine: string;
  readonly measured: readonly Measured[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/** After connecting: compiling, first reads, plan caches. Not observed. */
const WARMUP_MS = 200;
/** Before the first run, this long for each scenario: the client's code is compiled while it runs slowly. */
const FIRST_MS = 1500;

/** Measures, and destroys its stack when it settles. */
export async function measureVariance(options: VarianceOptions, controls: Controls): Promise<Variance> {
  const profile = options.stack.profile ?? DEFAULT_PROFILE;
  const own = { ...options.stack, command: "bench:variance", profile, provision: true, confirm: options.confirm };
  return withOwnStack(own, controls, async ({ running }) => {
    const stage = await openStage(running, options.clients);
    try {
      const play = new Play(options, stage, controls);
      for (let run = 0; run < options.runs; run += 1) await play.run(run);
      const { cpus, kernel } = running.machine;
      return { profile, design: designOf(options), machine: `${cpus} cpus, kernel ${kernel}`, ...play.result() };
    } finally {
      stage.close();
    }
  });
}

function designOf({ runs, connections, blocks, windows, windowMs, toolS }: VarianceOptions): Design {
  return { runs, connections, blocks, windows, windowMs, toolS };
}

/** What was collected of one variant. */
interface Taken {
  readonly variant: Variant;
  readonly observed: Observed[][][][];
  readonly overheadMs: number[];
  readonly ours: Timed[];
  readonly theirs: Timed[];
}

class Play {
  readonly #options: VarianceOptions;
  readonly #stage: Stage;
  readonly #controls: Controls;
  readonly #notes: string[] = [];
  #taken: Taken[];

  constructor(options: VarianceOptions, stage: Stage, controls: Controls) {
    this.#options = options;
    this.#stage = stage;
    this.#controls = controls;
    this.#taken = stage.variants
      .filter(({ scenario }) => options.scenario?.includes(scenario.name) ?? true)
      .map((variant) => ({ variant, observed: [], overheadMs: [], ours: [], theirs: [] }));
  }

  /** One run: sets the data up, measures on several generations of connections, and removes the data. */
  async run(run: number): Promise<void> {
    const { benches } = this.#stage;
    const { signal, report } = this.#controls;
    const scenarios = [...new Map(this.#taken.map(({ variant: { scenario } }) => [scenario.name, scenario])).values()];
    try {
      const { failures } = await prepareAll(benches, scenarios, signal);
      for (const [name, reason] of failures) this.#leaveOut(({ variant }) => isOf(name, variant), reason);
      if (run === 0) await this.#all(this.#taken, 0, (taken) => this.#warm(taken));
      for (const taken of this.#taken) taken.observed.push([]);
      for (let connection = 0; connection < this.#options.connections; connection += 1) {
        report({ kind: "note", text: `run ${run + 1} of ${this.#options.runs}, connections ${connection + 1}` });
        await this.#generation(connection);
        if (this.#options.toolS > 0) await this.#all(this.#taken, connection, (taken) => this.#tools(taken));
      }
    } finally {
      this.#notes.push(...(await teardownAll(benches)));
    }
  }

  result(): Pick<Variance, "measured" | "notes"> {
    const measured = this.#taken.map(({ variant: { scenario }, observed, overheadMs, ours, theirs }) => ({
      scenario: scenario.name,
      clients: scenario.clients,
      observed,
      overheadMs,
      tool: scenario.loadTool && theirs.length > 0 ? { tool: scenario.loadTool.tool, ours, theirs } : undefined,
    }));
    return { measured, notes: this.#notes };
  }

  /** Connections of all scenarios stay open while their blocks take turns, so that blocks lie seconds apart. */
  async #generation(connection: number): Promise<void> {
    const open = new Map<Taken, ScenarioRun>();
    try {
      await this.#all(this.#taken, connection, async (taken) => {
        const before = performance.now();
        const { scenario, meters } = taken.variant;
        const run = await scenario.open(scenario.clients);
        open.set(taken, run);
        await observeWindow(scenario, run, meters, this.#times(WARMUP_MS));
        taken.overheadMs.push(performance.now() - before);
        taken.observed.at(-1)?.push([]);
      });
      for (let block = 0; block < this.#options.blocks; block += 1) {
        await this.#all(this.#taken, block, (taken) => this.#block(taken, open.get(taken)));
      }
    } finally {
      await Promise.allSettled([...open.values()].map((run) => run.close()));
    }
  }

  async #block({ variant: { scenario, meters }, observed }: Taken, run: ScenarioRun | undefined): Promise<void> {
    if (!run) return;
    const windows: Observed[] = [];
    for (let window = 0; window < this.#options.windows; window += 1) {
      windows.push(await observeWindow(scenario, run, meters, this.#times(this.#options.windowMs)));
    }
    observed.at(-1)?.at(-1)?.push(windows);
  }

  async #warm({ variant: { scenario, meters } }: Taken): Promise<void> {
    const run = await scenario.open(scenario.clients);
    try {
      await observeWindow(scenario, run, meters, this.#times(FIRST_MS));
    } finally {
      await run.close();
    }
  }

  async #tools({ variant: { scenario, meters }, ours, theirs }: Taken): Promise<void> {
    const { loadTool, clients } = scenario;
    const { toolS } = this.#options;
    if (!loadTool) return;
    const run = await scenario.open(clients);
    try {
      await observeWindow(scenario, run, meters, this.#times(WARMUP_MS));
      ours.push(await observeWindow(scenario, run, meters, this.#times(toolS * 1000)));
    } finally {
      await run.close();
    }
    const how = { clients, durationS: toolS, signal: this.#controls.signal };
    const { result, use } = await metered(meters, () => loadTool.run(how));
    theirs.push({ throughput: result.throughput, otherCores: use.otherCores });
  }

  /** Calls `each` for all, in another order each time. A variant that fails is left out of the rest, with a note. */
  async #all(some: readonly Taken[], turn: number, each: (taken: Taken) => Promise<void>): Promise<void> {
    for (const taken of orderOf(some, turn)) {
      this.#controls.signal.throwIfAborted();
      try {
        await each(taken);
      } catch (error) {
        this.#controls.signal.throwIfAborted();
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
    return { warmupMs: 0, windowMs, signal: this.#controls.signal };
  }
}

/** `name`: of a scenario or of its service. */
function isOf(name: string, { scenario }: Variant): boolean {
  return scenario.name === name || scenario.name.startsWith(`${name}/`);
}
