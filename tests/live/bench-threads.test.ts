/** Threads that share the clients of a scenario, against a real TCP server on 127.0.0.1. */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import { measureBlock, type BlockOutcome } from "../../stack/measure/block.ts";
import { startThreads, type LoadThreads } from "../../stack/load/threads.ts";
import type { Scenario } from "../../stack/core/service/scenario.ts";
import { busy, closeServers, scenario, serve } from "../support/live/tcp.ts";

const LAUNCHER = fileURLToPath(new URL("../../scripts/bootstrap.mjs", import.meta.url));
const THREAD = "tests/support/live/tcp-thread.ts";

let pool: LoadThreads | undefined;

afterEach(async () => {
  await pool?.close();
  pool = undefined;
  await closeServers();
});

async function startFor(port: number, count = 2): Promise<LoadThreads> {
  pool = await startThreads(count, () => new Worker(LAUNCHER, { argv: [THREAD], workerData: { port } }));
  return pool;
}

async function measure(measured: Scenario, threads: LoadThreads, signal = new AbortController().signal) {
  return measureBlock(measured, { warmupMs: 100, windowMs: 600, signal, threads: { pool: threads, count: 2 } });
}

const startBroken = () => new Worker("throw new Error('no such file')", { eval: true });

function measured(outcome: BlockOutcome) {
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.block;
}

describe("threads of the load generator", () => {
  test("share the clients, measure one window together, and obey Little's law as one", async () => {
    const seen = new Map<string, number>();
    const port = await serve((answer, request) => {
      seen.set(request, (seen.get(request) ?? 0) + 1);
      setTimeout(() => answer("ok"), 10);
    });
    const block = measured(await measure(scenario(port, 5), await startFor(port)));
    expect([...seen.keys()].toSorted()).toEqual([0, 1, 2, 3, 4].map((client) => `request of ${client}`));
    expect(block.threads).toHaveLength(2);
    expect(block.littleDeviation).toBeLessThanOrEqual(0.05);
    // Five clients that wait 10 ms each: one thread's two or three alone could not send as much.
    expect(block.throughput / (5 / (block.meanMs / 1000))).toBeGreaterThan(0.95);
    expect(block.operations).toBeLessThan([...seen.values()].reduce((sum, count) => sum + count, 0) + 1);
  });

  test("say which of them had no reserve", async () => {
    const port = await serve((answer) => answer("ok"));
    const block = measured(await measure(busy(scenario(port, 2)), await startFor(port)));
    expect(block.clientLimited).toMatch(/load loop|event loop/);
    expect(Math.max(...(block.threads ?? []).map(({ busy: share }) => share))).toBe(block.loaderBusy);
  });

  test("answer the first reason and all errors of a server that refuses", async () => {
    const port = await serve((answer) => answer("access denied"));
    const outcome = await measure(scenario(port, 4), await startFor(port));
    expect(outcome).toMatchObject({ ok: false, reason: "the server answered access denied" });
    expect(outcome.ok ? 0 : outcome.errors).toBeGreaterThanOrEqual(20);
  });

  test("answer a scenario that they do not know, and measure the next one", async () => {
    const port = await serve((answer) => answer("ok"));
    const threads = await startFor(port);
    const unknown = await measure({ ...scenario(port, 2), name: "test/unknown" }, threads);
    expect(unknown).toMatchObject({ ok: false, reason: "connecting failed: no scenario test/unknown" });
    expect(measured(await measure(scenario(port, 2), threads)).operations).toBeGreaterThan(0);
  });

  test("end with the signal, before anybody removes the data that they write", async () => {
    let requests = 0;
    const port = await serve((answer) => {
      requests += 1;
      answer("ok");
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("stop")), 300);
    await expect(measure(scenario(port, 2), await startFor(port), controller.signal)).rejects.toThrow("stop");
    await new Promise((resolve) => setTimeout(resolve, 100)); // what was on its way has arrived
    const before = requests;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(requests).toBe(before);
  });

  test("that cannot start are an error with their reason, and none is left", async () => {
    await expect(startThreads(2, startBroken)).rejects.toThrow("no such file");
  });
});
