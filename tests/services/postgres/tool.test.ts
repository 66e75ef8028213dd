import { describe, expect, test } from "vitest";
import { pgbenchFormat } from "../../../stack/services/postgres/tool.ts";
import { rateTimesTime } from "../../../stack/judge/lint/rules/counts.ts";
import { toolFlags } from "../../../stack/judge/lint/rules/tool-flags.ts";
import { toolOutput } from "../../../stack/judge/lint/rules/tool-output.ts";
import { outputOf, sourceOf } from "../../support/judge/lint.ts";

/** Printed by pgbench 18.6, told `-c 10 -j 4 -T 2`. */
const TIMED = `pgbench (18.6 (Debian 18.6-3))
starting vacuum...end.
transaction type: <builtin: TPC-B (sort of)>
scaling factor: 1
query mode: simple
number of clients: 10
number of threads: 4
maximum number of tries: 1
duration: 2 s
number of transactions actually processed: 693
number of failed transactions: 0 (0.000%)
latency average = 28.257 ms
initial connection time = 149.022 ms
tps = 353.890652 (without initial connection time)`.split("\n");

/** Told `-c 2 -t 10`. */
const COUNTED = `transaction type: <builtin: TPC-B (sort of)>
scaling factor: 1
query mode: simple
number of clients: 2
number of threads: 1
maximum number of tries: 1
number of transactions per client: 10
number of transactions actually processed: 20/20
number of failed transactions: 0 (0.000%)
latency average = 3.500 ms
initial connection time = 26.588 ms
tps = 571.477555 (without initial connection time)`.split("\n");

const check = (lines: readonly string[], argv: readonly string[]) => {
  const source = sourceOf({ toolOutputs: [outputOf(lines, { tool: "pgbench", argv: [...argv] })] }, [pgbenchFormat]);
  return [toolOutput, toolFlags, rateTimesTime].flatMap((rule) => rule(source)).map(({ rule }) => rule);
};

const changed = (from: string, to: string) =>
  check(
    TIMED.map((line) => line.replace(from, to)),
    ["pgbench", "-c", "10", "-j", "4", "-T", "2"],
  );

describe("a real output of pgbench", () => {
  test("is free of findings", () => {
    expect(check(TIMED, ["pgbench", "-c", "10", "-j", "4", "-T", "2"])).toEqual([]);
    expect(check(COUNTED, ["pgbench", "-c", "2", "-t", "10"])).toEqual([]);
  });

  test("is found with a latency, a rate or a time that it cannot have had", () => {
    expect(changed("28.257 ms", "12.400 ms")).toEqual(["rate × time = count"]);
    expect(changed("duration: 2 s", "duration: 60 s")).toEqual(["tool flags", "rate × time = count"]);
    expect(
      changed("tps = 353.890652 (without initial connection time)", "tps = 353.9 (including connections)"),
    ).toEqual(["tool output"]);
  });
});
