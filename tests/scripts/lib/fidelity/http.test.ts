import { describe, expect, test } from "vitest";
import { parseHey, parseWrk } from "../../../../scripts/lib/fidelity/http.ts";

const line = (delayS: number, offsetS: number) => `${delayS},0,0,0,${delayS},0,200,${offsetS}`;

describe("the output of wrk", () => {
  test("gives the figures that the script adds", () => {
    const text = "Running 1s test @ http://127.0.0.1:80/\n  1 threads and 20 connections\nRequests/sec:   1.00\n";
    expect(parseWrk(`${text}p95 = 6421 us\nrate = 3519.420000\n`)).toEqual({ throughput: 3519.42, p95Ms: 6.421 });
  });

  test("without them is an error", () => {
    expect(() => parseWrk("unable to connect to 127.0.0.1:1 Connection refused\n")).toThrow("Connection refused");
  });
});

describe("the output of hey", () => {
  const head = "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset";

  test("gives the exact percentile of its requests, and their rate", () => {
    const rows = Array.from({ length: 100 }, (_, index) => line((index + 1) / 1000, (index + 1) / 50));
    const { throughput, p95Ms } = parseHey(`${[head, ...rows].join("\n")}\n`);
    expect(throughput).toBeCloseTo(50);
    expect(p95Ms).toBeCloseTo(95);
  });

  test("without requests is an error", () => {
    expect(() => parseHey(`${head}\n`)).toThrow("hey printed no figures");
  });
});
