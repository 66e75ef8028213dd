/**
 * A switch and the way back under load: by Plumbline, and by plain `docker compose up -d` on the same two sets of
 * files.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Report } from "../../../stack/core/progress.ts";
import type { Bench, Scenario } from "../../../stack/core/service/scenario.ts";
import type { StackOptions } from "../../../stack/commands/request/request.ts";
import { byInstance, targetsOf } from "../../../stack/converge/targets.ts";
import { withOwnStack, type OwnStack } from "../self/own-stack.ts";
import { Probe, type Probed } from "./probe.ts";
import { benchOf } from "../../support/core/steps.ts";

/** A typical application's load: enough to see a pause of 10 ms, far below what the servers can do. */
export const RATE_PER_S = 100;
/** Measured before and after a switch, to compare the effect with the normal state. */
const MARGIN_MS = 2_000;

export interface SwitchBenchOptions {
  readonly stack: StackOptions;
  readonly from: string;
  readonly to: string;
  readonly rounds: number;
}

export interface Leg {
  readonly by: "plumbline" | "docker compose up -d";
  readonly to: string;
  readonly elapsedMs: number;
  readonly containersRecreated: number;
  readonly containersRestarted: number;
  readonly probes: readonly Probed[];
}

/** In each round, Plumbline switches there and back, then Compose does the same. The stack belongs to this script. */
export async function measureSwitch(
  { stack, from, to, rounds }: SwitchBenchOptions,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
): Promise<readonly Leg[]> {
  const options = {
    ...stack,
    command: "bench:switch",
    profile: from,
    provision: true,
    confirm: () => Promise.resolve(true),
  };
  return withOwnStack(options, { report, signal }, async (own) => {
    const copies = await mkdtemp(join(tmpdir(), "plumbline-switch-"));
    const legs: Leg[] = [];
    try {
      for (let round = 1; round <= rounds; round += 1) {
        const note = (text: string) => report({ kind: "note", text: `round ${round} of ${rounds}: ${text}` });
        for (const profile of [to, from]) {
          note(`switch to ${profile} by Plumbline`);
          legs.push(await leg(own, "plumbline", profile, () => own.command(switchTo(stack.stack, profile))));
          await cp(own.running.wanted.folder.root, join(copies, profile), { recursive: true, filter: isGenerated });
        }
        for (const profile of [to, from]) {
          note(`switch to ${profile} by Compose`);
          await cp(join(copies, profile), own.running.wanted.folder.root, { recursive: true });
          legs.push(await leg(own, "docker compose up -d", profile, () => own.compose(["up", "-d"])));
          await own.command(upAgain(stack.stack, profile)); // each leg begins with a proved stack
        }
      }
    } finally {
      await rm(copies, { recursive: true, force: true });
    }
    return legs;
  });
}

function switchTo(stack: string, profile: string): readonly string[] {
  return ["node", "scripts/bootstrap.mjs", "scripts/switch.ts", profile, "--stack", stack, "--no-bench", "--yes"];
}

function upAgain(stack: string, profile: string): readonly string[] {
  return ["node", "scripts/bootstrap.mjs", "scripts/up.ts", "--profile", profile, "--stack", stack, "--no-bench"];
}

/** False for secrets and results, which belong to the stack and are the same for both sides. */
function isGenerated(path: string): boolean {
  return !/[\\/](?:secrets|results|engine|lock[^\\/]*)$/.test(path);
}

async function leg(own: OwnStack, by: Leg["by"], to: string, work: () => Promise<void>): Promise<Leg> {
  const before = await identities(own);
  const opened = await openProbes(own);
  let elapsedMs = 0;
  let probes: readonly Probed[];
  try {
    await pause(MARGIN_MS);
    const startedAt = performance.now();
    await work();
    elapsedMs = performance.now() - startedAt;
    await pause(MARGIN_MS);
  } finally {
    probes = await Promise.all(opened.probes.map((probe) => probe.end()));
    await Promise.all(opened.benches.map((bench) => bench.teardown().catch(() => undefined)));
  }
  const after = await identities(own);
  const changed = [...after].filter(([instance, { id }]) => before.get(instance)?.id !== id);
  const restarted = [...after].filter(([instance, { id, startedAt }]) => {
    const was = before.get(instance);
    return was?.id === id && was.startedAt !== startedAt;
  });
  return { by, to, elapsedMs, containersRecreated: changed.length, containersRestarted: restarted.length, probes };
}

async function identities({ running, project }: OwnStack) {
  const containers = byInstance(await running.world.engine.containers(project));
  return new Map([...containers].map(([instance, { id, startedAt }]) => [instance, { id, startedAt }]));
}

/** Opens one read and one write of each service's smoke set, on the benchmarks' own data. */
async function openProbes({
  running,
  project,
}: OwnStack): Promise<{ probes: readonly Probe[]; benches: readonly Bench[] }> {
  const containers = byInstance(await running.world.engine.containers(project));
  const benches: Bench[] = [];
  const scenarios: Scenario[] = [];
  for (const service of running.desired.services) {
    const targets = targetsOf(service, { ...running.world, containers });
    if (!targets) throw new Error(`${service.name} does not run`);
    const bench = benchOf(await service.definition.live(), targets);
    await bench.setup();
    benches.push(bench);
    scenarios.push(...firstOf(bench.scenarios, true), ...firstOf(bench.scenarios, false));
  }
  return { probes: await Promise.all(scenarios.map((each) => Probe.start(each, RATE_PER_S))), benches };
}

function firstOf(scenarios: readonly Scenario[], reads: boolean): readonly Scenario[] {
  return scenarios.filter(({ smoke, effect }) => smoke && (effect === "read") === reads).slice(0, 1);
}
