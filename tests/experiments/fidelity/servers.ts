/**
 * The stack's servers: scenarios that are compared with the server's own load tool, at the scenario's client counts.
 */
import { measureBlock } from "../../../stack/measure/block.ts";
import { prepareAll, teardownAll } from "../../../stack/measure/prepare.ts";
import type { NamedBench } from "../../../stack/measure/tracks.ts";
import type { LoadTool, Scenario } from "../../../stack/core/service/scenario.ts";
import { byInstance, targetsOf } from "../../../stack/converge/targets.ts";
import type { RunningStack } from "../../../stack/commands/request/running-stack.ts";
import { projectName } from "../../../stack/core/stack-names.ts";
import type { Pair, Sample } from "./compare.ts";
import { openToolContainers } from "./tool-containers.ts";
import { benchOf } from "../../support/core/steps.ts";

/**
 * Warm-up before the load engine's measurement: compiling, first reads, plan caches. The tools warm up as long as they
 * measure.
 */
const WARMUP_MS = 500;

export interface Length {
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** Creates the benchmarks' data, passes the pairs to `use`, then removes the data and the tools' containers. */
export async function withServerPairs<Result>(
  running: RunningStack,
  length: Length,
  use: (pairs: readonly Pair[], notes: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const project = projectName(running.wanted.stack);
  const tools = await openToolContainers(running, project);
  const benches: NamedBench[] = [];
  try {
    const containers = byInstance(await running.world.engine.containers(project));
    for (const service of running.desired.services) {
      const targets = targetsOf(service, { ...running.world, containers });
      // A service in front of another server adds a hop but no other protocol.
      const isInFront = service.requires.length > 0;
      if (!targets || isInFront) continue;
      const outside = await Promise.all(targets.map((target) => tools.outside(target, service.image.reference)));
      const bench = benchOf(await service.definition.live(), outside);
      const scenarios = bench.scenarios.filter(isCompared);
      if (scenarios.length > 0) benches.push({ service: service.name, bench: { ...bench, scenarios } });
    }
    const scenarios = benches.flatMap(({ bench }) => bench.scenarios);
    const { failures } = await prepareAll(benches, scenarios, length.signal);
    const notes = [...failures].map(([name, reason]) => `${name} was not compared: ${reason}`);
    const usable = benches.filter(({ service }) => !failures.has(service)).flatMap(({ bench }) => bench.scenarios);
    return await use(
      usable.filter(({ name }) => !failures.has(name)).flatMap((scenario) => pairsOf(scenario, length)),
      notes,
    );
  } finally {
    await teardownAll(benches);
    await tools.close();
  }
}

function isCompared({ loadTool }: Scenario): boolean {
  return (loadTool?.comparedAt?.length ?? 0) > 0;
}

function pairsOf(scenario: Scenario, length: Length): readonly Pair[] {
  const { loadTool, name } = scenario;
  if (!loadTool) return [];
  return (loadTool.comparedAt ?? []).map((clients) => ({
    name,
    tool: loadTool.tool,
    clients,
    ours: () => byLoop({ ...scenario, clients }, length),
    theirs: () => byTool(loadTool, clients, length),
  }));
}

/** Measures once with the load engine, in a closed loop. Rejects if an operation fails. */
export async function byLoop(scenario: Scenario, { seconds, signal }: Length, ratePerS?: number): Promise<Sample> {
  const rate = ratePerS === undefined ? {} : { ratePerS };
  const outcome = await measureBlock(scenario, { warmupMs: WARMUP_MS, windowMs: seconds * 1000, signal, ...rate });
  if (!outcome.ok) throw new Error(`${scenario.name}: ${outcome.reason}`);
  const { throughput, p95Ms, clientLimited } = outcome.block;
  return { throughput, p95Ms, clientLimited };
}

async function byTool(loadTool: LoadTool, clients: number, { seconds, signal }: Length): Promise<Sample> {
  const { throughput, p95Ms } = await loadTool.run({ clients, durationS: seconds, signal });
  return { throughput, p95Ms };
}
