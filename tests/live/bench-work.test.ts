/** What operations cost and what containers use beside them, on real servers under a load that the test knows. */
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../stack/core/machine/engine.ts";
import type { Bench } from "../../stack/core/service/scenario.ts";
import { gib, mib } from "../../stack/core/units.ts";
import { engineAddresses } from "../../stack/docker/address.ts";
import { openEngine } from "../../stack/docker/engine.ts";
import { realHost } from "../../stack/host/host.ts";
import { measureBlock } from "../../stack/measure/block.ts";
import { openSampler, type OpenSampler } from "../../stack/measure/samples/sampler.ts";
import { postgres } from "../../stack/services/postgres/index.ts";
import { redis } from "../../stack/services/redis/index.ts";
import { containerOf } from "../support/core/container.ts";
import { benchOf } from "../support/core/steps.ts";
import { describeLive, openLab, type Lab, type RunningService } from "../support/live/server.ts";

const TIMES = { warmupMs: 100, windowMs: 700 };
const REDIS_CPUS = 0.3;

function redisIdle(sampler: OpenSampler) {
  return sampler.result()?.containers.find(({ service }) => service === "redis")?.idle;
}

await describeLive("the work of a block", ["postgres", "redis"], () => {
  const [database, cache] = [postgres.configure({}), redis.configure({ nodes: 1 })];
  let lab: Lab;
  let engine: Engine;
  let running: readonly { readonly service: string; readonly up: RunningService }[];
  let bench: Bench;

  beforeAll(async () => {
    const [found] = await engineAddresses(realHost());
    engine = await openEngine(found?.address ?? "");
    lab = await openLab([database, cache]);
    running = [
      { service: "postgres", up: await lab.up(database, { share: { memory: gib(1), cpus: 2 } }) },
      { service: "redis", up: await lab.up(cache, { share: { memory: mib(256), cpus: REDIS_CPUS } }) },
    ];
    const [server] = running;
    if (!server) throw new Error("no server");
    bench = benchOf(server.up.live, server.up.targets);
    await bench.setup();
  });
  afterAll(async () => {
    await bench.teardown();
    await lab.close();
  });

  async function opened(): Promise<OpenSampler> {
    const containers = running.flatMap(({ service, up }) =>
      up.servers.map(({ container, target }) => containerOf({ id: container.id, service, instance: target.instance })),
    );
    return openSampler(engine, containers, await engine.facts(), realHost());
  }

  async function blockOf(sampler: OpenSampler, name: string) {
    const scenario = bench.scenarios.find((candidate) => candidate.name === name) ?? expect.fail(`no ${name}`);
    const counters = bench.counters;
    const toRead = { scenario: name, services: ["postgres"], isKept: true, ...(counters && { counters }) };
    const readings = await sampler.block(toRead);
    const outcome = await measureBlock(scenario, { ...TIMES, readings, signal: new AbortController().signal });
    if (!outcome.ok) throw new Error(outcome.reason);
    return outcome.block;
  }

  test("holds the cpu, switches, packets and log of each operation, and the machine's share", async () => {
    const sampler = await opened();
    const [insert, select] = [
      await blockOf(sampler, "postgres/insert"),
      await blockOf(sampler, "postgres/select-by-key"),
    ];
    await sampler.finish();
    sampler.close();
    for (const { work, machine, meanMs, p5Ms, p50Ms } of [insert, select]) {
      // An operation of one server process uses no more cpu than it lasts, apart from what the server does on its own.
      expect(work?.serverCpuUs).toBeGreaterThan(5);
      expect(work?.serverCpuUs).toBeLessThan(2 * 1000 * meanMs);
      expect(work?.clientCpuUs).toBeGreaterThan(5);
      // The process sleeps until the request arrives; both the request and its answer are a packet.
      expect(work?.contextSwitches).toBeGreaterThan(0.5);
      expect(work?.packets).toBeGreaterThan(1);
      expect(work?.packets).toBeLessThan(20);
      expect(machine?.otherCores).toBeGreaterThanOrEqual(0);
      expect(machine?.heldBack).toBeLessThanOrEqual(1);
      expect(machine?.serverWaiting).toBeGreaterThanOrEqual(0);
      expect(p5Ms).toBeGreaterThan(0);
      expect(p5Ms).toBeLessThanOrEqual(p50Ms);
    }
    // The engine's proxy carries every packet; it is seen where the engine is a process of this computer.
    if (sampler.result()?.clientInside) expect(select.machine?.engineCores).toBeGreaterThan(0);
    expect(insert.work?.counted?.["WAL bytes"]).toBeGreaterThan(172);
    expect(select.work?.counted?.["WAL bytes"]).toBeLessThan(24);
    expect(sampler.result()?.notes).toEqual([]);
  });

  test("shows loops in the container of another service as its idle use, with what they want beyond its limit", async () => {
    const quiet = await opened();
    await quiet.round();
    await blockOf(quiet, "postgres/select-by-key");
    await quiet.finish();
    quiet.close();
    expect(redisIdle(quiet)?.cpuCores).toBeLessThan(REDIS_CPUS / 4);

    const id = running[1]?.up.servers[0]?.container.id ?? expect.fail("no container");
    for (let loop = 0; loop < 2; loop += 1) {
      spawnSync("docker", ["exec", "-d", id, "timeout", "30", "sh", "-c", "while :; do :; done"]);
    }
    const busy = await opened();
    await busy.round();
    const { machine } = await blockOf(busy, "postgres/select-by-key");
    await blockOf(busy, "postgres/select-by-key");
    await busy.finish();
    busy.close();
    const idle = redisIdle(busy);
    // Beside others it may get less than its limit, but it wants more.
    expect(idle?.cpuCores).toBeGreaterThan(REDIS_CPUS / 3);
    expect(idle?.cpuCores).toBeLessThan(1.3 * REDIS_CPUS);
    expect(idle?.wantedCores).toBeGreaterThan(1.5 * REDIS_CPUS);
    expect(machine?.otherCores).toBeGreaterThan(REDIS_CPUS / 4);
  });
});
