import { describe, expect, test } from "vitest";
import { parseMetrics, samplesOf, sumOf } from "../../../../stack/services/kit/metrics/text.ts";

describe("the text format of metrics", () => {
  test("must be read with names, labels and values, and without comments and empty lines", () => {
    const page = [
      "# HELP node_cpu_seconds_total Seconds",
      "# TYPE node_cpu_seconds_total counter",
      'node_cpu_seconds_total{cpu="0",mode="idle"} 12.5',
      "",
      "go_gc_gomemlimit_bytes 2.62144e+07\r",
      'late{ a = "1", } 3 1395066363000',
    ].join("\n");
    expect(parseMetrics(page)).toEqual([
      { name: "node_cpu_seconds_total", labels: { cpu: "0", mode: "idle" }, value: 12.5 },
      { name: "go_gc_gomemlimit_bytes", labels: {}, value: 25 * 1024 * 1024 },
      { name: "late", labels: { a: "1" }, value: 3 },
    ]);
  });

  test("must be read with braces, commas, quotes, backslashes and line breaks inside labels", () => {
    const page = String.raw`error{err="dial \"a\", {b}\\c\nd"} 1`;
    expect(parseMetrics(page)[0]?.labels).toEqual({ err: 'dial "a", {b}\\c\nd' });
  });

  test.for([
    ["NaN", Number.NaN],
    ["+Inf", Number.POSITIVE_INFINITY],
    ["-Inf", Number.NEGATIVE_INFINITY],
    ["-1e-3", -0.001],
  ] as const)("must be read with the value %s", ([text, value]) => {
    expect(parseMetrics(`a ${text}`)[0]?.value).toBe(value);
  });

  test.for(["<html>", "a", "a{b=1} 2", 'a{b="1" 2', "a x", "1a 2", 'a{b="c"} '])("must refuse the line %j", (line) => {
    expect(() => parseMetrics(line)).toThrow("no line of Prometheus' text format");
  });

  test("must be summed over the series of one metric, and not be made up where there is none", () => {
    const samples = parseMetrics('a{x="1"} 1\nb 5\na{x="2"} 2');
    expect(sumOf(samples, "a")).toBe(3);
    expect(sumOf(samples, "c")).toBeUndefined();
    expect(samplesOf(samples, "a")).toHaveLength(2);
  });
});
