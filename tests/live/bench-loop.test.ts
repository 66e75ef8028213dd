/** The load loop against real TCP servers on 127.0.0.1 whose behaviour the test knows. */
import { afterEach, describe, expect, test } from "vitest";
import { measureBlock, type BlockOutcome } from "../../stack/measure/block.ts";
import { busy, closeServers, scenario, serve, stopListening } from "../support/live/tcp.ts";

afterEach(closeServers);

const never = () => new AbortController().signal;
const options = () => ({ warmupMs: 100, windowMs: 600, signal: never() });

function measured(outcome: BlockOutcome) {
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.block;
}

async function delayed(delayMs: number) {
  const port = await serve((answer) => setTimeout(() => answer("ok"), delayMs));
  return measured(await measureBlock(scenario(port, 4), options()));
}

describe("the load loop against a real server", () => {
  test.each([1, 4, 16])("throughput × mean latency is the number of clients: %i", async (clients) => {
    const port = await serve((answer) => answer("ok"));
    const block = measured(await measureBlock(scenario(port, clients), options()));
    expect((block.throughput * block.meanMs) / 1000 / clients).toBeGreaterThan(0.95);
    expect((block.throughput * block.meanMs) / 1000 / clients).toBeLessThan(1.05);
    expect(block.littleDeviation).toBeLessThanOrEqual(0.05);
    expect(block.operations).toBeGreaterThan(100);
  });

  test("a server with a fixed delay shows this delay as its median, and twice the delay twice the median", async () => {
    const short = await delayed(20);
    const long = await delayed(40);
    // A timer never fires early; it and the scheduler add some, and the ratio of both shows no mix-up of units.
    expect(short.p50Ms / 20).toBeGreaterThan(0.95);
    expect(short.p50Ms / 20).toBeLessThan(1.4);
    expect(long.p50Ms / short.p50Ms).toBeGreaterThan(1.6);
    expect(long.p50Ms / short.p50Ms).toBeLessThan(2.3);
    expect(short.throughput / long.throughput).toBeGreaterThan(1.6);
    expect(short.clientLimited).toBeUndefined();
  });

  test("operations as long as the window still count whole", async () => {
    const port = await serve((answer) => setTimeout(() => answer("ok"), 300));
    const block = measured(await measureBlock(scenario(port, 3), { ...options(), warmupMs: 20, windowMs: 100 }));
    expect((block.throughput * 0.3) / 3).toBeGreaterThan(0.85);
    expect((block.throughput * 0.3) / 3).toBeLessThan(1.05);
  });

  test("a server that refuses is a failure with the first reason and the count, and no number", async () => {
    const port = await serve((answer) => answer("access denied"));
    const outcome = await measureBlock(scenario(port, 4), options());
    expect(outcome).toMatchObject({ ok: false, reason: "the server answered access denied" });
    expect(outcome.ok ? 0 : outcome.errors).toBeGreaterThanOrEqual(10);
  });

  test("one failure among many successes is a failure too", async () => {
    let requests = 0;
    const port = await serve((answer) => {
      requests += 1;
      answer(requests === 50 ? "deadlock" : "ok");
    });
    const outcome = await measureBlock(scenario(port, 4), options());
    expect(outcome).toEqual({ ok: false, reason: "the server answered deadlock", errors: 1 });
  });

  test("nobody listens: the connection's own reason", async () => {
    const port = await serve(() => undefined);
    stopListening();
    const outcome = await measureBlock(scenario(port, 2), options());
    expect(outcome.ok ? "" : outcome.reason).toContain("ECONNREFUSED");
  });

  test("a server that stops answering fails at the operation's deadline and not at the end of time", async () => {
    const port = await serve(() => undefined);
    const outcome = await measureBlock(scenario(port, 2), { ...options(), operationDeadlineMs: 200 });
    expect(outcome).toEqual({ ok: false, reason: "no answer within 200 ms", errors: 2 });
  });

  test("an abort ends the block with the signal's reason", async () => {
    const port = await serve((answer) => answer("ok"));
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("stop")), 150);
    const started = measureBlock(scenario(port, 2), { warmupMs: 10, windowMs: 60_000, signal: controller.signal });
    await expect(started).rejects.toThrow("stop");
  });

  test("a client that computes for most of its time is marked as the limit", async () => {
    const port = await serve((answer) => answer("ok"));
    const block = measured(await measureBlock(busy(scenario(port, 2)), options()));
    expect(block.clientLimited).toMatch(/load loop|event loop/);
  });
});
