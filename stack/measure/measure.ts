/** Measures a running stack with the smoke benchmarks, and judges it. */
import type { World, Observation } from "../converge/observe.ts";
import type { Runtime } from "../core/machine/runtime.ts";
import { registry } from "../services/index.ts";
import { selectedServices, type Desired } from "../core/desire/desire.ts";
import type { Measured } from "../core/results/commands/bench.ts";
import type { StackFolder } from "../records/folder.ts";
import type { ResultsRenderer } from "../core/results/report-input.ts";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { chooseBaseline } from "../judge/baseline.ts";
import { type Baseline } from "../core/results/baseline.ts";
import { loadBaselines, resultFiles, saveResults } from "../records/files.ts";
import { fingerprintOf, type StackFacts } from "../judge/fingerprint.ts";
import { appendHistory } from "../records/history-file.ts";
import { historyEntry } from "../judge/history.ts";
import { type HistoryEntry } from "../core/results/history.ts";
import { isUsual, methodOf, type Load } from "../load/load.ts";
import { resultsDocument } from "../core/results/performance-results.ts";
import type { SmokeRun } from "../core/results/measurement.ts";
import { insideOf, probeTimeMs, type Inside } from "./calibration/inside.ts";
import type { Volume } from "./calibration/calibration.ts";
import { choosePlace, type Place } from "./calibration/place.ts";
import { loadToolSeconds } from "./load-tools.ts";
import { runSmoke } from "./smoke.ts";
import { outlookOf } from "../judge/outlook.ts";
import { judge, undecidedAgainst } from "../judge/verdict/verdict.ts";
import { messageOf } from "../core/errors.ts";
import type { Extension } from "./smoke-options.ts";
import type { ObservedContainer, MachineFacts } from "../core/machine/facts.ts";
import type { Report } from "../core/progress.ts";
import type { Bench } from "../core/service/scenario.ts";
import type { Target } from "../core/service/service.ts";
import { realHost } from "../host/host.ts";
import { projectName } from "../core/stack-names.ts";
import { withKilled } from "./killed.ts";
import { withLoadThreads } from "./load-threads.ts";
import { pastOf } from "../records/past.ts";
import { removeOldRuns, startsOf } from "../records/retention.ts";
import type { Copies } from "../records/copies.ts";
import { saveReports } from "../records/reports.ts";
import { watchNeighbours } from "./samples/neighbours.ts";
import { openSampler } from "./samples/sampler.ts";
import { unlessAborted } from "../converge/execution/unless-aborted.ts";
import { byInstance, targetsOf } from "../converge/targets.ts";
import { newestTrace, type SavedTrace } from "../records/trace.ts";
import { TOOL_VERSION } from "../records/tool-version.ts";

export const BASELINES_FOLDER = fileURLToPath(new URL("../../profiles/baselines", import.meta.url));

export interface MeasureOptions {
  /** The command that measures, as the history names it. */
  readonly command: string;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly renderer: ResultsRenderer;
  /** Measure as many blocks as the budget allows, for a baseline. */
  readonly thorough?: boolean;
  /** Only these services; absent for all of the stack. */
  readonly services?: readonly string[];
  /** Measure every scenario instead of the smoke set, and the servers' own load tools too. */
  readonly all?: boolean;
  /** Seconds, instead of the profile's budget; with `all`, instead of the time derived from the number of scenarios. */
  readonly budgetS?: number;
  /** Seconds that the run may have in all until every scenario is decided; also less than the budget. */
  readonly untilDecidedS?: number;
  /** Asks a person whether to measure on, if the budget has ended with undecided scenarios. */
  readonly measureOn?: Extension["ask"];
  /** Replaces the load that the scenarios specify. */
  readonly load?: Load;
  /** Folder of the baselines; `BASELINES_FOLDER` if absent. */
  readonly baselines?: string;
  /** Copies of the reports outside the results folder. */
  readonly copies?: Copies;
}

/** The parts of a stack that measuring needs. */
export interface Measurable {
  readonly wanted: { readonly folder: StackFolder };
  readonly desired: Desired;
  readonly machine: MachineFacts;
  readonly runtime: Pick<Runtime, "name">;
  readonly world: World;
  readonly observation: Observation;
  /** Trace of the start before the measurement; absent if nothing was started. */
  readonly trace?: SavedTrace;
}

/** Seconds per scenario of the full matrix: 6 blocks of 0.3 s, their connections, and more looks. */
const FULL_SCENARIO_S = 5;

const EXEC_DEADLINE_MS = 3_000;

/** Saving takes 20 ms, in which nothing is measured; a killed run loses what this time measured. */
const SAVED_EVERY_MS = 2_000;

/** Returns a function that leaves out calls that come sooner after the last one. */
function atMostEvery<T>(everyMs: number, save: (value: T) => Promise<void>): (value: T) => Promise<void> {
  let lastMs = -Infinity;
  return async (value) => {
    if (performance.now() - lastMs < everyMs) return;
    lastMs = performance.now();
    await save(value);
  };
}

/** Runs the smoke set within the profile's budget and judges it. A failed scenario is part of the result. */
export async function measure(running: Measurable, options: MeasureOptions): Promise<Measured> {
  const { desired, wanted } = running;
  const { profile } = desired;
  const { load = {} } = options;
  const startedAt = performance.now();
  const containers = await running.world.engine.containers(projectName(desired.stack));
  const reached = reach(running, containers);
  const facts = { ...factsOf(running), emulation: await emulationOf(running, reached) };
  const baselines = await loadBaselines(options.baselines ?? BASELINES_FOLDER);
  const references = baselines.filter((baseline) => baseline.kind === "reference");
  const baseline = chooseBaseline(baselines, profile.name, fingerprintOf(facts, {}, methodOf(load))).baseline;
  const files = resultFiles(wanted.folder.results, new Date());
  const all = await openBenches(running, reached);
  const benches = all.filter(({ service }) => options.services?.includes(service) ?? true);
  const volumes = volumesOf(running, reached, all);
  const place = choosePlace(volumes, [...registry.keys()]);
  const usualS = options.budgetS ?? usualBudgetS(benches, profile.verification.budgetS, options);
  const { untilDecidedS, measureOn } = options;
  const budgetS = Math.min(usualS, untilDecidedS ?? usualS);
  const undecided = options.thorough ? everything : undecidedAgainst(baseline);
  const sampler = await openSampler(running.world.engine, containers, running.machine, realHost());
  const neighbours = await watchNeighbours({
    engine: running.world.engine,
    own: containers.map(({ id }) => id),
    host: realHost(),
    pid: process.pid,
  });
  const smoke = {
    benches,
    facts,
    profile: profile.name,
    budgetS,
    margin: profile.verification.margin,
    report: options.report,
    signal: options.signal,
    load,
    onResult: atMostEvery(SAVED_EVERY_MS, async (partial: SmokeRun) => {
      const document = resultsDocument(partial);
      await saveResults(files, document, options.renderer.text(document, references));
    }),
    undecided,
    ...(untilDecidedS === undefined ? {} : { untilDecidedS }),
    ...(measureOn && {
      extension: { outlook: (run: SmokeRun) => outlookOf(judge(run, baseline), run), ask: measureOn },
    }),
    sampler,
    ...(place ? { inside: place.inside } : {}),
    volumes,
    thoroughProbes: isThorough(options),
    ...(options.all ? { select: () => true, loadTools: true } : {}),
  };
  const measured = await withLoadThreads({ ...running, targets: reached, benches, load }, (threads) =>
    runSmoke({ ...smoke, ...threads }),
  ).finally(() => sampler.close());
  const { engine } = running.world;
  const run = await withKilled(await neighbours.of(measured), performance.now() - startedAt, {
    engine,
    project: projectName(desired.stack),
  });
  const verdict = judge(run, baseline);
  const document = resultsDocument(run, verdict);
  const text = options.renderer.text(document, references);
  await saveResults(files, document, text);
  // The history only holds unchanged scenarios.
  if (run.complete && isUsual(load))
    await remember(running, historyEntry(run, options.command, verdict.verdict, verdict.machine), options.report);
  const old = await removeOldRuns(wanted.folder.results, startsOf(baselines));
  if (old.length > 0) options.report({ kind: "note", text: `old runs were removed: ${old.join(", ")}` });
  const trace = running.trace?.trace ?? (await newestTrace(wanted.folder.results));
  const past = await unlessAborted(pastOf(wanted.folder.results, run), options.signal);
  const input = { document, ...(baseline ? { baseline } : {}), ...(trace ? { trace } : {}) };
  const reports = await saveReports(files, options.renderer, input, { ...options, past });
  const screen = options.renderer.screen(document);
  return { run, verdict, document, text, screen, files: [files.json, files.text, ...reports] };
}

/**
 * Adds to the history; the caller holds the stack's lock. A failure to write it is reported and does not fail the run.
 */
async function remember({ wanted }: Measurable, entry: HistoryEntry, report: Report): Promise<void> {
  try {
    await appendHistory(wanted.folder.results, entry);
  } catch (error) {
    report({ kind: "warning", text: `the history was not written: ${messageOf(error)}` });
  }
}

/** Returns the baseline that a stack is judged by, if there is one. */
export async function baselineOf(running: Measurable): Promise<Baseline | undefined> {
  const baselines = await loadBaselines(BASELINES_FOLDER);
  return chooseBaseline(baselines, running.desired.profile.name, fingerprintOf(factsOf(running), {})).baseline;
}

/** Baselines and long runs get long probes; a smoke run leaves the time to its scenarios. */
function isThorough({ thorough = false, all = false, budgetS }: MeasureOptions): boolean {
  return (thorough || all) && budgetS === undefined;
}

/** Long probes are added to the budget, so that the scenarios have as much time as without them. */
function usualBudgetS(benches: readonly OpenBench[], profileS: number, options: MeasureOptions): number {
  const scenariosS = options.all ? fullBudgetS(benches) : profileS;
  return scenariosS + (isThorough(options) ? probeTimeMs(scenariosS, true) / 1000 : 0);
}

function fullBudgetS(benches: readonly OpenBench[]): number {
  const scenarios = benches.flatMap(({ bench }) => bench.scenarios);
  const withTool = scenarios.filter((scenario) => scenario.loadTool).length;
  return Math.ceil(FULL_SCENARIO_S * Math.max(1, scenarios.length) + loadToolSeconds(withTool));
}

function everything(run: SmokeRun): readonly string[] {
  return run.scenarios.map(({ name }) => name);
}

function factsOf({ desired, machine, runtime, observation }: Measurable): StackFacts {
  const services = selectedServices(desired);
  const settings = Object.fromEntries(
    services.map(({ name, instances }) => {
      const values = observation.effective.get(instances[0]?.name ?? "") ?? new Map();
      return [name, Object.fromEntries([...values].map(([setting, { value }]) => [setting, value]))];
    }),
  );
  const cpuModel = cpus()[0]?.model.trim() ?? "unknown";
  return {
    machine,
    cpuModel,
    runtime: runtime.name,
    toolVersion: TOOL_VERSION,
    images: Object.fromEntries(services.map(({ name, image }) => [name, image])),
    settings,
  };
}

interface OpenBench {
  readonly service: string;
  readonly requires: readonly string[];
  readonly bench: Bench;
}

/** Targets by service. A service has none unless all its instances run. */
type Reached = ReadonlyMap<string, readonly Target[]>;

function reach({ desired, world }: Measurable, observed: readonly ObservedContainer[]): Reached {
  const containers = byInstance(observed);
  return new Map(
    selectedServices(desired).flatMap((service) => {
      const targets = targetsOf(service, { ...world, containers });
      return targets ? [[service.name, targets] as const] : [];
    }),
  );
}

/**
 * Opens the benchmarks of every running service, to choose from them what is measured and where the machine is probed.
 */
async function openBenches({ desired }: Measurable, reached: Reached): Promise<readonly OpenBench[]> {
  const benches: OpenBench[] = [];
  for (const { name, definition } of selectedServices(desired)) {
    const targets = reached.get(name);
    if (!targets) continue;
    const live = await definition.live();
    if (live.bench) benches.push({ service: name, requires: definition.requires, bench: live.bench(targets) });
  }
  return benches;
}

/** Returns the first container of each service that runs and has a data volume. */
function volumesOf({ desired, machine }: Measurable, reached: Reached, benches: readonly OpenBench[]) {
  return selectedServices(desired).flatMap(({ name, instances }): readonly (Place & Volume & { inside: Inside })[] => {
    const [directory] = Object.keys(instances[0]?.container.volumes ?? {});
    const [target] = reached.get(name) ?? [];
    if (directory === undefined || target === undefined) return [];
    const { scenarios = [] } = benches.find(({ service }) => service === name)?.bench ?? {};
    const writesDurably = scenarios.some(({ effect }) => effect === "durable write");
    const inside = insideOf({ instance: target.instance, cpus: machine.cpus, directory, exec: target.exec });
    return [{ service: name, writesDurably, inside }];
  });
}

/** An image for another architecture runs if the machine has an emulator registered, but many times slower. */
async function emulationOf({ machine }: Measurable, reached: Reached): Promise<Readonly<Record<string, string>>> {
  const asked = [...reached].map(async ([service, [target]]) => {
    const answer = await target?.exec(["uname", "-m"], { timeoutMs: EXEC_DEADLINE_MS }).catch(() => undefined);
    const architecture = answer?.stdout.trim() ?? "";
    if (architecture === "") return [];
    const emulated = `${architecture} on ${machine.architecture}`;
    return [[service, architecture === machine.architecture ? "none" : emulated] as const];
  });
  return Object.fromEntries((await Promise.all(asked)).flat());
}
