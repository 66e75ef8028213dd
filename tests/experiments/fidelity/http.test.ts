import { describe, expect, test } from "vitest";
import { parseOha, parseWrk } from "./http.ts";

describe("the output of wrk", () => {
  test("gives the figures that the script adds", () => {
    const text = "Running 1s test @ http://127.0.0.1:80/\n  1 threads and 20 connections\nRequests/sec:   1.00\n";
    expect(parseWrk(`${text}p95 = 6421 us\nrate = 3519.420000\n`)).toEqual({ throughput: 3519.42, p95Ms: 6.421 });
  });

  test("without them is an error", () => {
    expect(() => parseWrk("unable to connect to 127.0.0.1:1 Connection refused\n")).toThrow("Connection refused");
  });
});

function json(successRate: number, p95: number | null): string {
  return JSON.stringify({
    summary: { total: 2.0 },
    metrics: { success_rate: successRate, requests_per_sec: 998.47, latency_ms: { p50: 5.263, p95 } },
  });
}

describe("the output of oha", () => {
  test("gives its 95th percentile and its rate", () => {
    expect(parseOha(json(1, 6.466))).toEqual({ throughput: 998.47, p95Ms: 6.466 });
  });

  test("with failed requests, or without answers, is an error", () => {
    expect(() => parseOha(json(0.5, 6.466))).toThrow("success_rate");
    expect(() => parseOha(json(1, null))).toThrow("p95");
  });
});
