/** Made-up documents for the rules: a bakery's kitchen, where no number means anything outside its table. */
import type { LoadToolFormat } from "../../../stack/core/service/load-tool-format.ts";
import type { Claim, ReferenceBaseline, ReferenceRow, ToolOutput } from "../../../stack/core/results/reference.ts";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { type RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import type { Calibration } from "../../../stack/core/results/calibration.ts";
import type { MeasuredScenario } from "../../../stack/core/results/measurement.ts";
import { ab } from "../../../stack/judge/lint/ab.ts";
import type { Source } from "../../../stack/judge/lint/figures.ts";
import type { Finding } from "../../../stack/core/results/finding.ts";
import { lintBaseline } from "../../../stack/judge/lint/lint-baseline.ts";
import { blockOf, runOf, scenarioOf, seeded } from "./runs.ts";

export function documentOf(change: Partial<ReferenceBaseline> = {}): ReferenceBaseline {
  return {
    kind: "reference",
    version: 1,
    name: "kitchen",
    title: "The kitchen",
    caution: "Made up.",
    date: "2026-01-02",
    source: "kitchen.md",
    machine: {},
    versions: {},
    methods: {},
    tables: [],
    rows: [],
    toolOutputs: [],
    commands: [],
    claims: [],
    modes: [],
    ...change,
  };
}

export function sourceOf(change: Partial<ReferenceBaseline>, tools: readonly LoadToolFormat[] = [ab]): Source {
  return { document: documentOf(change), tools };
}

let line = 0;

export function rowOf(operation: string, change: Partial<ReferenceRow> = {}): ReferenceRow {
  line += 1;
  return { table: "oven", line, service: "oven", operation, scenarios: [], ...change };
}

export function tableOf(id = "oven", change: Partial<ReferenceBaseline["tables"][number]> = {}) {
  return { id, section: `The ${id}`, line: 1, ...change };
}

/** A table of cells as they are printed; the last row may be a total. */
export function cellsOf(columns: readonly string[], rows: readonly (readonly string[])[], total?: readonly string[]) {
  return tableOf("shelf", {
    columns: [...columns],
    rows: rows.map((cells, index) => ({ line: 10 + index, cells: [...cells] })),
    ...(total && { total: { line: 50, cells: [...total] } }),
  });
}

export function outputOf(lines: readonly string[], change: Partial<ToolOutput> = {}): ToolOutput {
  return { id: "bake", section: "Baking", line: 100, tool: "ab", service: "oven", lines: [...lines], ...change };
}

export const CLAIM = { section: "Claims", line: 7, text: "as the baker says" };

export function comparedOf(change: Partial<Extract<Claim, { kind: "compared" }>>): Claim {
  return { kind: "compared", ...CLAIM, measure: "more", stated: "+10%", pairs: [], ...change };
}

export const cell = (row: string, field: string, table = "oven") => ({ table, row, field });

/** What Apache Bench 2.3 printed of a server on loopback, told `-n 60000 -c 10 -t 2`. */
export const AB_OUTPUT = `This is ApacheBench, Version 2.3 <$Revision$>
Copyright 1996 Adam Twiss, Zeus Technology Ltd, http://www.zeustech.net/
Licensed to The Apache Software Foundation, http://www.apache.org/

Benchmarking 127.0.0.1 (be patient)
Finished 1337 requests


Server Software:        
Server Hostname:        127.0.0.1
Server Port:            18999

Document Path:          /
Document Length:        2 bytes

Concurrency Level:      10
Time taken for tests:   2.064 seconds
Complete requests:      1337
Failed requests:        0
Total transferred:      102949 bytes
HTML transferred:       2674 bytes
Requests per second:    647.69 [#/sec] (mean)
Time per request:       15.440 [ms] (mean)
Time per request:       1.544 [ms] (mean, across all concurrent requests)
Transfer rate:          48.70 [Kbytes/sec] received

Connection Times (ms)
              min  mean[+/-sd] median   max
Connect:        0    0   0.3      0       7
Processing:     1   15  18.8      8     164
Waiting:        0   14  18.5      8     163
Total:          1   15  18.8      8     164

Percentage of the requests served within a certain time (ms)
  50%      8
  66%     13
  75%     16
  80%     20
  90%     31
  95%     42
  98%     76
  99%     95
 100%    164 (longest request)`.split("\n");

export const AB_ARGV = ["ab", "-n", "60000", "-c", "10", "-t", "2", "http://127.0.0.1:18999/"];

const random = seeded(9);

export const freshBlocks = (count = 6) => Array.from({ length: count }, () => blockOf(random, 0.05));

export const CALIBRATION: Calibration = {
  cpuMs: 4,
  loopbackRttMs: 0.05,
  syncWriteMs: 2,
  loaderCeiling: 500_000,
  notes: [],
};

/** A measured scenario that obeys every rule. */
export const BREAD = scenarioOf("oven/bread", freshBlocks());

export function recordingOf(scenario: MeasuredScenario, calibration = CALIBRATION): RecordedBaseline {
  return recordBaseline([runOf([scenario], { calibration })]);
}

/** Without what is only missing: these recordings have one run. */
export function foundIn(baseline: RecordedBaseline): readonly Finding[] {
  return lintBaseline(baseline).filter(({ rule }) => rule !== "missing method");
}
