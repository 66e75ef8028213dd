/** Smoke benchmarks of a stack that is up, and their verdict. */
import { fileURLToPath } from "node:url";
import { chooseBaseline, type Baseline } from "../bench/baseline.ts";
import { ddProbe } from "../bench/calibration.ts";
import { loadBaselines, resultFiles, saveResults } from "../bench/files.ts";
import { fingerprintOf, type StackFacts } from "../bench/fingerprint.ts";
import { renderResults, resultsDocument, type ResultsDocument } from "../bench/results.ts";
import type { SmokeRun } from "../bench/document.ts";
import { runSmoke } from "../bench/smoke.ts";
import { judge, undecidedAgainst, type VerdictReport } from "../bench/verdict.ts";
import type { Report } from "../core/progress.ts";
import type { Bench } from "../core/scenario.ts";
import type { Target } from "../core/service.ts";
import { projectName } from "../render/compose.ts";
import { registry } from "../services/index.ts";
import { byInstance, targetsOf } from "./targets.ts";
import { TOOL_VERSION } from "./tool-version.ts";
import type { UpStack } from "./up.ts";

export const BASELINES_FOLDER = fileURLToPath(new URL("../../profiles/baselines", import.meta.url));

export interface Measured {
  readonly run: SmokeRun;
  readonly verdict: VerdictReport;
  readonly document: ResultsDocument;
  readonly text: string;
  /** Paths of the result files. */
  readonly files: readonly string[];
}

export interface MeasureOptions {
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Measure with every block that the budget holds, as a baseline deserves. */
  readonly thorough?: boolean;
  /** Only these services; all of the stack where absent. */
  readonly services?: readonly string[];
  /** Every scenario, in place of the smoke set. */
  readonly all?: boolean;
  /** Seconds in place of the profile's budget; with `all`, a time that follows from the number of scenarios. */
  readonly budgetS?: number;
}

/** What of a stack measuring needs. */
export type Measurable = Pick<
  UpStack,
  "wanted" | "desired" | "machine" | "runtime" | "images" | "world" | "observation"
>;

/** Of the whole matrix, each scenario gets this much: 6 blocks of 0.3 s, their connections, and more looks. */
const FULL_SCENARIO_S = 5;

/** Runs the smoke set within the profile's budget and judges it. A failed scenario is part of the result. */
export async function measure(stack: Measurable, options: MeasureOptions): Promise<Measured> {
  const { desired, wanted } = stack;
  const { profile } = desired;
  const facts = factsOf(stack);
  const baselines = await loadBaselines(BASELINES_FOLDER);
  const references = baselines.filter((baseline) => baseline.kind === "reference");
  const baseline = chooseBaseline(baselines, profile.name, fingerprintOf(facts, {})).baseline;
  const files = resultFiles(wanted.folder.results, new Date());
  const { benches, probe } = await openBenches(stack, options.services);
  const budgetS =
    options.budgetS ?? (options.all ? FULL_SCENARIO_S * countScenarios(benches) : profile.verification.budgetS);
  const undecided = options.thorough ? everything : undecidedAgainst(baseline);
  const run = await runSmoke({
    benches,
    facts,
    profile: profile.name,
    budgetS,
    margin: profile.verification.margin,
    report: options.report,
    signal: options.signal,
    onResult: async (partial) => {
      const document = resultsDocument(partial);
      await saveResults(files, document, renderResults(document, references));
    },
    undecided,
    ...(probe ? { syncWrite: probe } : {}),
    ...(options.all ? { select: () => true } : {}),
  });
  const verdict = judge(run, baseline);
  const document = resultsDocument(run, verdict);
  const text = renderResults(document, references);
  await saveResults(files, document, text);
  return { run, verdict, document, text, files: [files.json, files.text] };
}

/** The baseline that a stack is judged by, if there is one. */
export async function baselineOf(stack: Measurable): Promise<Baseline | undefined> {
  const baselines = await loadBaselines(BASELINES_FOLDER);
  return chooseBaseline(baselines, stack.desired.profile.name, fingerprintOf(factsOf(stack), {})).baseline;
}

function countScenarios(benches: readonly OpenBench[]): number {
  return Math.max(
    1,
    benches.reduce((total, { bench }) => total + bench.scenarios.length, 0),
  );
}

function everything(run: SmokeRun): readonly string[] {
  return run.scenarios.map(({ name }) => name);
}

function factsOf({ desired, machine, runtime, images, observation }: Measurable): StackFacts {
  const settings = Object.fromEntries(
    desired.services.map(({ name, instances }) => {
      const values = observation.effective.get(instances[0]?.name ?? "") ?? new Map();
      return [name, Object.fromEntries([...values].map(([setting, { value }]) => [setting, value]))];
    }),
  );
  return { machine, runtime: runtime.name, toolVersion: TOOL_VERSION, images: Object.fromEntries(images), settings };
}

interface OpenBench {
  readonly service: string;
  readonly requires: readonly string[];
  readonly bench: Bench;
}

async function openBenches(
  { desired, world }: Measurable,
  only: readonly string[] | undefined,
): Promise<{ readonly benches: readonly OpenBench[]; readonly probe: ReturnType<typeof ddProbe> | undefined }> {
  const containers = byInstance(await world.engine.containers(projectName(desired.stack)));
  const benches: OpenBench[] = [];
  let onDisk: { readonly target: Target; readonly folder: string } | undefined;
  for (const service of desired.services) {
    const targets = targetsOf(service, { ...world, containers });
    const folder = Object.keys(service.instances[0]?.container.volumes ?? {})[0];
    const target = targets?.[0];
    if (target && folder !== undefined) onDisk ??= { target, folder };
    if (!targets || (only && !only.includes(service.name))) continue;
    const live = await service.definition.live();
    const requires = registry.get(service.name)?.requires ?? [];
    benches.push({ service: service.name, requires, bench: live.bench(targets) });
  }
  return { benches, probe: onDisk ? ddProbe(onDisk.target.exec, onDisk.folder) : undefined };
}
