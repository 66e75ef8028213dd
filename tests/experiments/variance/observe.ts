/** Observes one window of a scenario on open connections: what was done, and what it cost whom. */
import { readFile } from "node:fs/promises";
import type { Counters, CounterReader } from "../../../stack/core/machine/counters.ts";
import type { Scenario, ScenarioRun } from "../../../stack/core/service/scenario.ts";
import type { Observed } from "./results.ts";
import { runClosedLoop } from "../../../stack/load/closed-loop.ts";

/** The containers that a scenario works on, and the machine. */
export interface Meters {
  readonly readers: readonly CounterReader[];
  /** Cpu seconds that reading takes in the containers: two readings with nothing in between. */
  readonly costS: number;
  /** True if this process is one of the machine's. */
  readonly clientInside: boolean;
}

/** A reading costs a few milliseconds, which vary: the median of so many is taken. */
const COST_READINGS = 7;

export async function metersOf(readers: readonly CounterReader[]): Promise<Meters> {
  const costs: number[] = [];
  let before = await readAll(readers);
  for (let reading = 0; reading < COST_READINGS; reading += 1) {
    const after = await readAll(readers);
    costs.push(cpuOf(after) - cpuOf(before));
    before = after;
  }
  const bootId = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const clientInside = before.some(({ machine }) => machine.bootId === bootId.trim());
  return { readers, costS: costs.toSorted((a, b) => a - b)[Math.floor(COST_READINGS / 2)] ?? 0, clientInside };
}

/** Everything that cpu was used for between two readings, in seconds. */
export interface Use {
  readonly elapsedS: number;
  readonly serverS: number;
  readonly clientS: number;
  readonly otherCores: number;
  readonly stealCores: number;
}

/** Runs `work` between two readings. */
export async function metered<Result>(
  { readers, costS, clientInside }: Meters,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly use: Use }> {
  const before = await readAll(readers);
  const cpuBefore = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  const after = await readAll(readers);
  const [first, last] = [before[0], after[0]];
  if (!first || !last) throw new Error("a scenario works on no container");
  const elapsedS = Math.max(Number.EPSILON, last.atS - first.atS);
  const clientS = (user + system) / 1e6;
  const serverS = Math.max(0, cpuOf(after) - cpuOf(before) - costS);
  const machineS = last.machine.cpuS - first.machine.cpuS;
  const othersS = machineS - serverS - (clientInside ? clientS : 0);
  return {
    result,
    use: {
      elapsedS,
      serverS,
      clientS,
      otherCores: Math.max(0, othersS / elapsedS),
      stealCores: Math.max(0, (last.machine.stealS - first.machine.stealS) / elapsedS),
    },
  };
}

export interface WindowOptions {
  readonly warmupMs: number;
  readonly windowMs: number;
  readonly signal: AbortSignal;
}

/** Runs a closed loop for one window. Nothing is in flight at both readings. Rejects if an operation fails. */
export async function observeWindow(
  { name, clients }: Pick<Scenario, "name" | "clients">,
  run: ScenarioRun,
  meters: Meters,
  options: WindowOptions,
): Promise<Observed> {
  let operations = 0;
  const counting: ScenarioRun = {
    operation: async (client) => {
      await run.operation(client);
      operations += 1;
    },
    close: () => run.close(),
  };
  const { result, use } = await metered(meters, () => runClosedLoop(clients, counting, options));
  if (!result.ok) throw new Error(`${name}: ${result.reason}`);
  return {
    throughput: result.measured.throughput,
    serverCpuUs: (use.serverS / operations) * 1e6,
    clientCpuUs: (use.clientS / operations) * 1e6,
    otherCores: use.otherCores,
    stealCores: use.stealCores,
  };
}

function readAll(readers: readonly CounterReader[]): Promise<readonly Counters[]> {
  return Promise.all(readers.map((reader) => reader.read()));
}

function cpuOf(counters: readonly Counters[]): number {
  return counters.reduce((sum, { cpuS }) => sum + cpuS, 0);
}
