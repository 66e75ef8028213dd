/** Output format of redis-benchmark, from `src/redis-benchmark.c` of Redis 6.2 and newer. */
import type { LoadToolFormat } from "../../core/service/load-tool-format.ts";

export const redisBenchmarkFormat: LoadToolFormat = {
  name: "redis-benchmark",
  defaultClients: 50,
  flags: { clients: "-c", requests: "-n" },
  reads: {},
  readsRates: /^(.+?):\s+([\d.,]+) requests per second/,
  // Output of `-q`; \r overwrites its own progress lines.
  prints: [/^\s*$/, /^[^:]+: \d+\.\d{2} requests per second, p50=\d+\.\d{3} msec\s*$/, /^WARNING: /],
  printsSince: "6.2",
  wholeMilliseconds: {
    defaultRequests: 100_000,
    because: "it divides the requests by mstime() − start, which counts whole milliseconds",
  },
};
