/** The machine during a run, compared with the baseline's runs: who takes cpu, and whether its own speed differs. Pure. */
import { mean, median, sampleVariance } from "simple-statistics";
import { isMeasured, scenarioRuns, type RecordedBaseline } from "../../core/results/baseline.ts";
import type { MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import type { MachineVerdict } from "../../core/results/verdict.ts";
import { rounded, waiting } from "../causes/losses.ts";
import { ownLoads } from "../causes/own-load.ts";
import { OTHERS_NOTABLE_CORES, takenIn } from "../causes/suspects.ts";
import { usageOf } from "../causes/usage.ts";
import { lossOf } from "../stats/effect.ts";
import { speedLoss, speedOf, type Speed } from "./machine-speed.ts";

/** A smaller loss is not worth a word. */
const NOTABLE_LOSS = 0.03;
/** A smaller difference, in standard deviations of the runs of the baseline, counts as none. */
const USUAL_DEVIATIONS = 2;
/** Share of a slower arithmetic that other load must explain to be its cause: its own effect is not known better. */
const EXPLAINED_SHARE = 0.5;

/**
 * Returns undefined if the run or the baseline was not sampled, or they share no scenario. Other load counts from what is
 * beyond the variation of the baseline's own runs; a speed counts unless other load explains it.
 */
export function machineVerdict(run: SmokeRun, baseline: RecordedBaseline): MachineVerdict | undefined {
  const others = othersOf(run, baseline);
  if (others === undefined) return undefined;
  const scenarios = others.scenarios.map(({ name, moreCores }) => {
    const before = scenarioRuns(baseline, name);
    return { before, loss: others.isUsual ? 0 : lossToOthers(moreCores, name, others, run, baseline) };
  });
  const byOthers = median(scenarios.map(({ loss }) => loss));
  const isBusy = byOthers >= NOTABLE_LOSS;
  const all = speedOf(run, baseline);
  const speed: Speed = isBusy && byOthers >= EXPLAINED_SHARE * all.cpu.logRatio ? { ...all, cpu: AS_BEFORE } : all;
  const losses = scenarios.map(({ before, loss }) => ({
    isDurable: before[0]?.effect === "durable write",
    loss: loss + speedLoss(before, speed, run, baseline),
  }));
  const loss = median(losses.map((each) => each.loss));
  const durable = losses.filter(({ isDurable }) => isDurable).map((each) => each.loss);
  const says = [...speed.cpu.says, ...speed.copy.says, ...speed.disk.says];
  return {
    state: stateOf({ isBusy, byOthers, loss, speed }),
    summary: summaryOf(run, baseline, {
      others,
      says,
      loss,
      durableLoss: durable.length > 0 ? median(durable) : loss,
    }),
    loss,
    otherCores: { now: hundredths(others.now), before: hundredths(others.before) },
    neighbours: run.resources?.neighbours ?? [],
  };
}

const AS_BEFORE: Speed["cpu"] = { logRatio: 0, says: [] };

interface State {
  readonly isBusy: boolean;
  readonly byOthers: number;
  readonly loss: number;
  readonly speed: Speed;
}

function stateOf({ isBusy, byOthers, loss, speed }: State): MachineVerdict["state"] {
  if (isBusy) return "busy";
  const ratios = [speed.cpu, speed.copy, speed.disk].map(({ logRatio }) => logRatio);
  const isSlower = ratios.some((ratio) => ratio > 0);
  const isFaster = ratios.some((ratio) => ratio < 0) || byOthers <= -NOTABLE_LOSS;
  if (isSlower && isFaster) return loss > 0 ? "slower" : "faster";
  return isSlower ? "slower" : isFaster ? "faster" : "as at the baseline";
}

interface Others {
  /** Medians over the scenarios, in cores. */
  readonly now: number;
  readonly before: number;
  /** True if the difference is within what the baseline's runs vary by. */
  readonly isUsual: boolean;
  readonly scenarios: readonly { readonly name: string; readonly beforeCores: number; readonly moreCores: number }[];
}

/**
 * A scenario's figure is the mean over its blocks, because bursts take what they take on average; the machine's is the
 * median over the scenarios that both sides measured.
 */
function othersOf(run: SmokeRun, baseline: RecordedBaseline): Others | undefined {
  const measured = run.scenarios.filter(isMeasured);
  const inBlocks = [run, ...baseline.runs].every(({ scenarios }) =>
    scenarios.filter(isMeasured).every(({ blocks }) => takenIn(blocks) !== undefined),
  );
  const takenOf = (scenario: MeasuredScenario, of: SmokeRun) =>
    inBlocks ? takenIn(scenario.blocks) : sampledCores(scenario, of);
  const known = measured.flatMap((scenario) => {
    const now = takenOf(scenario, run);
    const before = baseline.runs.map((recorded) => {
      const same = recorded.scenarios.filter(isMeasured).find(({ name }) => name === scenario.name);
      return same && takenOf(same, recorded);
    });
    const usual = before.filter((cores) => cores !== undefined);
    return now === undefined || usual.length === 0 ? [] : [{ name: scenario.name, now, before, usual: mean(usual) }];
  });
  if (known.length === 0) return undefined;
  const moreCores = median(known.map(({ now, usual }) => now - usual));
  const runLevels = baseline.runs.flatMap((_, index) => {
    const cores = known.flatMap(({ before, usual }) => (before[index] === undefined ? [] : [before[index] - usual]));
    return cores.length === 0 ? [] : [median(cores)];
  });
  const deviation = runLevels.length < 2 ? 0 : Math.sqrt(sampleVariance(runLevels));
  const before = median(known.map(({ usual }) => usual));
  return {
    now: Math.max(0, before + moreCores),
    before,
    isUsual: Math.abs(moreCores) <= Math.max(OTHERS_NOTABLE_CORES, USUAL_DEVIATIONS * deviation),
    scenarios: known.map(({ name, now, usual }) => ({ name, beforeCores: usual, moreCores: now - usual })),
  };
}

/** Older runs do not count within their blocks, but between the samples that enclose them. */
function sampledCores(scenario: MeasuredScenario, run: SmokeRun): number | undefined {
  const usage = usageOf(scenario, run);
  return usage && usage.machine.otherCores + usage.machine.stealCores;
}

/** By the slope that the baseline measured; without one, as if throughput followed the cpus that are left. */
function lossToOthers(
  moreCores: number,
  name: string,
  { scenarios }: Others,
  run: SmokeRun,
  baseline: RecordedBaseline,
): number {
  const controls = baseline.controls?.[name];
  if (controls) return -controls.otherCores.value * moreCores;
  const { cpus } = run.fingerprint;
  const beforeCores = scenarios.find((scenario) => scenario.name === name)?.beforeCores ?? 0;
  return waiting((beforeCores + moreCores) / cpus) - waiting(beforeCores / cpus);
}

interface Summary {
  readonly others: Others;
  readonly says: readonly string[];
  readonly loss: number;
  readonly durableLoss: number;
}

/** Returns "others use 0.9 of 2 cpus (cc1 0.6), at the baseline 0.1: it gives about 31 % less". */
function summaryOf(run: SmokeRun, baseline: RecordedBaseline, { others, says, loss, durableLoss }: Summary): string {
  const { named, outside } = whoOf(run, baseline, !others.isUsual && others.now > others.before);
  const use = `others use ${tenths(others.now)} of ${rounded(run.fingerprint.cpus)} cpus${named}, at the baseline ${tenths(others.before)}`;
  const isUsual = others.isUsual && says.length === 0;
  if (isUsual) return `as at the baseline: ${use}`;
  const writes = Math.abs(durableLoss - loss) > DURABLE_NOTABLE ? `, and durable writes ${changeOf(durableLoss)}` : "";
  const effect = `it gives ${Math.abs(loss) < NOTABLE_LOSS ? "as much" : changeOf(loss)}${writes}`;
  return `${[use, ...says].join(", and ")}: ${effect}${outside}`;
}

/** Durable writes are mentioned by themselves if they lose so much more or less than a typical scenario. */
const DURABLE_NOTABLE = 0.1;
const NAMED_MAXIMUM = 3;

/**
 * Names who takes cpu. In a virtual machine, programs of this computer are not among those who use its cpus, though they
 * may slow it down.
 */
function whoOf(run: SmokeRun, baseline: RecordedBaseline, isMore: boolean) {
  if (!isMore || !run.resources) return { named: "", outside: "" };
  const { neighbours = [], clientInside } = run.resources;
  const inside = [
    ...ownLoads(run, baseline).map(({ instance, usedCores }) => ({
      name: `inside ${instance}'s container`,
      cores: usedCores,
    })),
    ...neighbours.filter(({ name }) => clientInside || name.startsWith("container ")),
  ].toSorted((left, right) => right.cores - left.cores);
  const outside = clientInside ? [] : neighbours.filter(({ name }) => !name.startsWith("container "));
  return {
    named: inside.length === 0 ? "" : ` (${listOf(inside)})`,
    outside: outside.length === 0 ? "" : `; on this computer, outside of the machine: ${listOf(outside)}`,
  };
}

function listOf(users: readonly { readonly name: string; readonly cores: number }[]): string {
  return users
    .slice(0, NAMED_MAXIMUM)
    .map(({ name, cores }) => `${name} ${tenths(cores)}`)
    .join(", ");
}

/** Returns "about 31 % less". */
function changeOf(loss: number): string {
  const percent = Math.round(Math.abs(loss >= 0 ? lossOf(loss) : Math.expm1(-loss)) * 100);
  return `about ${percent} % ${loss >= 0 ? "less" : "more"}`;
}

function tenths(cores: number): string {
  return String(Number(cores.toFixed(1)));
}

function hundredths(cores: number): number {
  return Math.round(cores * 100) / 100;
}
