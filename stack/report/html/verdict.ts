/** The head of the page: the verdict in one sentence, its basis, and every scenario beside its baseline. */
import { whenText } from "../text/figures.ts";
import type { ResultsDocument } from "../../core/results/performance-results.ts";
import type { VerdictReport } from "../../core/results/verdict.ts";
import { markup, type Markup } from "../markup.ts";
import { machineText, neighboursText } from "../text/machine.ts";
import { countsText, evidenceText, exitText, sentenceOf, toneOf } from "../text/words.ts";
import { versusChart } from "./versus.ts";

export function verdictSection({ run, verdict }: ResultsDocument): Markup {
  const tone = toneOf(verdict?.verdict);
  const drawing = verdict && versusChart(verdict.scenarios);
  const warnings = [...(run.complete ? [] : ["The run is incomplete."]), ...run.warnings, ...(verdict?.warnings ?? [])];
  return markup`<section class="verdict" aria-label="Verdict">
<p class="word ${tone}">${verdict?.verdict ?? "no verdict"}</p>
<h1>${sentenceOf(verdict, run.profile)}</h1>
<p class="lead">${told(verdict)}</p>
${verdict && twoParts(verdict)}
${warnings.length > 0 ? markup`<ul class="warnings">${warnings.map((text) => markup`<li>${text}</li>`)}</ul>` : undefined}
${
  drawing &&
  markup`<h2>Throughput against the baseline</h2>
<p class="legend"><span class="key point-key">change with its interval</span><span class="key margin-key">margin: no loss</span><span>To the right is faster.</span></p>
<figure>${drawing}</figure>`
}</section>`;
}

/** The stack and the machine as two facts, so that nobody takes one for the other. */
function twoParts({ scenarios, machine, baseline }: VerdictReport): Markup | undefined {
  if (baseline === undefined) return undefined;
  const evidence = evidenceText(scenarios);
  const stack = [countsText(scenarios), ...(evidence === undefined ? [] : [evidence])].join("; ");
  const beside = machine && neighboursText(machine);
  const facts = [
    ["the stack", stack],
    ...(machine ? [["the machine now", machineText(machine)]] : []),
    ...(beside === undefined ? [] : [["beside it", beside]]),
  ];
  return markup`<dl class="facts">${facts.map(([name, text]) => markup`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>`;
}

function told(verdict: VerdictReport | undefined): Markup {
  if (verdict === undefined) return markup``;
  const code = markup`<span class="exit">${exitText(verdict)}</span>`;
  const { baseline } = verdict;
  if (verdict.verdict === "no baseline") {
    return markup`${code}; these figures can become the baseline: <code>npm run baseline -- record</code>`;
  }
  return baseline
    ? markup`${code}; baseline <code>${baseline.name}</code>, recorded ${whenText(baseline.recordedAt)}`
    : markup`${code}`;
}
