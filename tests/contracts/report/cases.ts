/** Results of every kind that a format must be able to show. */
import type { RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import type { ScenarioResult, SmokeRun } from "../../../stack/core/results/measurement.ts";
import { resultsDocument } from "../../../stack/core/results/performance-results.ts";
import type { ReportInput } from "../../../stack/core/results/report-input.ts";
import type { Outcome } from "../../../stack/core/results/verdict.ts";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { blockOf, FINGERPRINT, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";
import { largeInput } from "../../support/report/html-fixtures.ts";

export interface ReportCase {
  readonly title: string;
  /** Of the whole run; undefined while it goes on. */
  readonly verdict: Outcome | undefined;
  readonly input: ReportInput;
}

/** What breaks out of HTML, of Markdown, of XML, of JSON, and what terminals obey. */
const HOSTILE =
  "</style></title><script>alert(1)</script> & ]]> <!-- `x` | **y** [z](http://example.org) @team \u001B[31mred\u001B]0;title\u0007 \u009B2J \"'\\ \u0000 \u202E";

const read = (level: number, noise = 0.02, seed = 1, blocks = 6) => {
  const random = seeded(seed);
  return scenarioOf(
    "store/read",
    Array.from({ length: blocks }, () => blockOf(random, noise, level)),
  );
};
const failedOf = (name: string, reason: string): ScenarioResult => {
  const { blocks: _, histogram: __, notes: ___, ...head } = scenarioOf(name, []);
  return { ...head, status: "failed", reason, errors: 10 };
};

const usual = runOf([read(1000)]);
const baseline = recordBaseline([usual]);
const tooFast = runOf([
  scenarioOf(
    "store/read",
    read(1000).blocks.map((block) => ({ ...block, throughput: 9 * block.throughput })),
  ),
]);
const hostile = runOf([failedOf(HOSTILE, HOSTILE), scenarioOf("store/read", read(1000).blocks, { notes: [HOSTILE] })], {
  profile: HOSTILE,
  // Only an edited file has it.
  startedAt: HOSTILE,
  warnings: [HOSTILE],
  fingerprint: { ...FINGERPRINT, cpuModel: HOSTILE, images: { [HOSTILE]: HOSTILE } },
});

export const CASES: readonly ReportCase[] = [
  { title: "meets its baseline", verdict: "meets", input: judged(usual, baseline) },
  { title: "is below it", verdict: "below", input: judged(runOf([read(500, 0.02, 2)]), baseline) },
  { title: "is inconclusive", verdict: "inconclusive", input: judged(runOf([read(900, 0.6, 5)]), baseline) },
  {
    title: "is not comparable",
    verdict: "not comparable",
    input: judged(
      runOf([read(1000)], { fingerprint: { ...FINGERPRINT, durability: { store: { fsync: "off" } } } }),
      baseline,
    ),
  },
  { title: "has an invalid baseline", verdict: "baseline invalid", input: judged(usual, recordBaseline([tooFast])) },
  { title: "failed", verdict: "failed", input: judged(runOf([failedOf("store/write", "access denied")]), baseline) },
  { title: "has no baseline", verdict: "no baseline", input: judged(usual, undefined) },
  {
    title: "goes on",
    verdict: undefined,
    input: { document: resultsDocument(runOf([read(1000)], { complete: false })), history: [], changes: [] },
  },
  { title: "is of a whole stack", verdict: "below", input: largeInput() },
  { title: "is full of what breaks formats", verdict: "failed", input: judged(hostile, undefined) },
];

function judged(run: SmokeRun, against: RecordedBaseline | undefined): ReportInput {
  const document = resultsDocument(run, judge(run, against));
  return { document, history: [], changes: [], ...(against && { baseline: against }) };
}
