import { expect, test } from "vitest";
import { parseBenchmark } from "../../../stack/services/redis/benchmark-tool.ts";
import { BENCH_COMMANDS, BENCH_PREFIX } from "../../../stack/services/redis/conf.ts";
import { NODE_OPERATIONS } from "../../../stack/services/redis/operations.ts";

const key = (of: string) => `${BENCH_PREFIX}{7}:native:${of}`;
const HEAD =
  '"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"';

test("the figures are those of the last line, whatever warning stands before it", () => {
  const output = `WARNING: Could not fetch server CONFIG\n${HEAD}\n"SET","2890.17","2.298","0.032","0.151","3.583","67.8","170.7"\n`;
  expect(parseBenchmark(output)).toEqual({ throughput: 2890.17, meanMs: 2.298, p95Ms: 3.583 });
});

test("output without figures is refused with its text", () => {
  expect(() => parseBenchmark(`${HEAD}\n`)).toThrow(/printed no figures: "test"/);
});

test("redis-benchmark sends only commands that its user may, on the benchmarks' keys and on one node", () => {
  for (const { name, benchmark } of NODE_OPERATIONS) {
    const [command, first] = benchmark?.words(key, "7") ?? [];
    if (command === undefined) continue;
    expect(BENCH_COMMANDS, name).toContain(command.toLowerCase());
    if (command !== "PING") expect(first, name).toMatch(/^plumbline:bench:\{7\}:/);
  }
});

test("every operation has one but the deletion, which needs a key that is there each time", () => {
  expect(NODE_OPERATIONS.filter(({ benchmark }) => !benchmark).map(({ name }) => name)).toEqual(["del"]);
});
