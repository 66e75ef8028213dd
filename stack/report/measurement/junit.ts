/**
 * A run as XML for continuous integration: one test suite per service, one test case per scenario. It follows the
 * strictest schema in use, https://github.com/windyroad/JUnit-Schema, which requires what others leave out.
 */
import { isMeasured } from "../../core/results/baseline.ts";
import type { ScenarioResult, SmokeRun } from "../../core/results/measurement.ts";
import { durationText, rate } from "../text/figures.ts";
import { summaryOf } from "../../judge/summary.ts";
import { type ResultsDocument } from "../../core/results/performance-results.ts";
import type { ScenarioVerdict } from "../../core/results/verdict.ts";
import { markup, type Markup } from "../markup.ts";
import { machineText, neighboursText } from "../text/machine.ts";
import { causeWord, decidedText, toneOf } from "../text/words.ts";
import { workFigures } from "./scenario-text.ts";

export function renderJunit({ run, verdict }: ResultsDocument): string {
  const cases = run.scenarios.map((scenario) => {
    return caseOf(
      scenario,
      verdict?.scenarios.find(({ name }) => name === scenario.name),
      run,
    );
  });
  const services = [...new Set(cases.map(({ service }) => service))];
  const suites = services.map((service, id) =>
    suite(
      service,
      id,
      cases.filter((one) => one.service === service),
      { run, ...(verdict && { verdict }) },
    ),
  );
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
${suites}</testsuites>
`.text;
}

interface Case {
  readonly service: string;
  readonly name: string;
  readonly scenario: ScenarioResult;
  readonly judged: ScenarioVerdict | undefined;
  readonly seconds: number;
  /** "failure" if something is worse or broken, "skipped" if nothing is shown, absent if it meets. */
  readonly outcome?: {
    readonly kind: "failure" | "skipped";
    readonly type: string;
    readonly message: string;
    readonly text: string;
  };
}

function caseOf(scenario: ScenarioResult, judged: ScenarioVerdict | undefined, run: SmokeRun): Case {
  const [service = "", ...rest] = scenario.name.split("/");
  const head = { service, name: rest.join("/") || service, scenario, judged, seconds: secondsOf(scenario, run) };
  const word = judged?.verdict ?? (scenario.status === "measured" ? "no verdict" : scenario.status);
  const tone = scenario.status === "failed" ? "bad" : toneOf(judged?.verdict);
  if (tone === "good") return head;
  const reason = judged?.reason ?? (scenario.status === "measured" ? "the run was not finished" : scenario.reason);
  const message = reason === "" ? word : `${word}: ${reason}`;
  const hints = hintsOf(judged);
  const text = [message, ...hints].join("\n");
  // What is skipped has a message and no text.
  return tone === "bad"
    ? { ...head, outcome: { kind: "failure", type: word, message, text } }
    : { ...head, outcome: { kind: "skipped", type: word, message: [message, ...hints].join("; "), text } };
}

function hintsOf(judged: ScenarioVerdict | undefined): readonly string[] {
  const { cause, verdict } = judged ?? {};
  return cause === undefined
    ? []
    : [`${causeWord(verdict ?? "below")}: ${cause.kind}: ${cause.evidence}`, `next: ${cause.next}`];
}

function suite(
  service: string,
  id: number,
  cases: readonly Case[],
  { run, verdict }: Pick<ResultsDocument, "run" | "verdict">,
): Markup {
  const machine = verdict?.machine;
  const count = (kind: "failure" | "skipped") => cases.filter(({ outcome }) => outcome?.kind === kind).length;
  const seconds = cases.reduce((total, one) => total + one.seconds, 0);
  const properties = {
    ...about(run),
    // Nothing fails because of the machine: what it explains is not the stack's.
    ...(machine && { "machine now": machineText(machine), "beside it": neighboursText(machine) }),
    image: run.fingerprint.images[service],
    settings: run.fingerprint.settings[service],
  };
  const lines = cases.map(({ scenario, judged }) => figuresOf(scenario, judged)).join("\n");
  return markup`<testsuite name="${service}" package="plumbline" id="${id}" timestamp="${run.startedAt.slice(0, 19)}" hostname="localhost" tests="${cases.length}" failures="${count("failure")}" errors="0" skipped="${count("skipped")}" time="${seconds.toFixed(3)}">
<properties>
${Object.entries(properties).map(([name, value]) => markup`<property name="${name}" value="${value ?? ""}"/>\n`)}</properties>
${cases.map(element)}<system-out>${lines}</system-out>
<system-err>${run.warnings.join("\n")}</system-err>
</testsuite>
`;
}

function element({ service, name, seconds, outcome }: Case): Markup {
  const head = markup`<testcase name="${name}" classname="plumbline.${service}" time="${seconds.toFixed(3)}"`;
  if (outcome === undefined) return markup`${head}/>\n`;
  if (outcome.kind === "skipped") return markup`${head}><skipped message="${outcome.message}"/></testcase>\n`;
  return markup`${head}><failure type="${outcome.type}" message="${outcome.message}">${outcome.text}</failure></testcase>\n`;
}

function about({ profile, fingerprint }: SmokeRun): Readonly<Record<string, string>> {
  const { cpuModel, cpus, memoryMib, runtime } = fingerprint;
  return { profile, machine: `${cpuModel}, ${cpus} cpus, ${memoryMib} MiB, ${runtime}` };
}

/** Returns the measured seconds of its blocks, without their warm-up. */
function secondsOf(scenario: ScenarioResult, { plan }: SmokeRun): number {
  return isMeasured(scenario) ? (scenario.blocks.length * plan.windowMs) / 1000 : 0;
}

function figuresOf(scenario: ScenarioResult, judged: ScenarioVerdict | undefined): string {
  if (!isMeasured(scenario) || scenario.blocks.length === 0) return `${scenario.name}: not measured`;
  const { throughput, p50, p95, blocks } = summaryOf(scenario);
  const latencies = [
    ...(p50 ? [`p50 ${durationText(p50.value / 1000)}`] : []),
    ...(p95 ? [`p95 ${durationText(p95.value / 1000)}`] : []),
  ];
  const work = workFigures(scenario, judged?.comparisons ?? []).map(({ name, text }) => `${name} ${text}`);
  const perOperation = work.length === 0 ? [] : [`per operation ${work.join(", ")}`];
  const decided = judged?.decidedBy === undefined ? [] : [decidedText(judged)];
  const figures = [`${rate(throughput)} ops/s`, ...latencies, `${blocks} blocks`].join(", ");
  return `${scenario.name}: ${[figures, ...perOperation, ...decided].join("; ")}`;
}
