/** Measures a stack of its own, clean and harmed, alone and beside others, one run at a time, and keeps each verdict. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { keepRuns } from "../../../stack/commands/keep-runs.ts";
import type { ObservedStack } from "../../../stack/commands/request/observed-stack.ts";
import type { StackOptions } from "../../../stack/commands/request/request.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import type { Report } from "../../../stack/core/progress.ts";
import { withOwnStack } from "../self/own-stack.ts";
import { raiseBar } from "./bar.ts";
import { invite, type CompanyName } from "./company/company.ts";
import { settle, syncedWriteMs } from "./company/settle.ts";
import { faults, type FaultName } from "./faults/faults.ts";
import { orderRun, type RunOrder } from "./order.ts";
import { interleaved, kindName, timeLeftS, type Group, type Kind, type Pace, type Wanted } from "./plan.ts";
import { isSample, keepLine, kindOf, readLines, sampleOf, type Line, type Sample } from "./samples.ts";
import type { Injected } from "./scene.ts";
import { busyCoresOf, harmedBy, machineOf, observe, sceneOf } from "./stage.ts";
import { durationText } from "./count/words.ts";

export interface DetectionOptions {
  readonly stack: StackOptions;
  readonly only: readonly Group[];
  readonly company: readonly CompanyName[];
  readonly fault: readonly FaultName[];
  /** The services that are harmed; empty for the first that a fault fits. */
  readonly service: readonly string[];
  /** Runs of every kind, instead of `RUNS`. */
  readonly runs?: number | undefined;
  readonly baselineRuns: number;
  /** Seconds of every run, instead of the profile's for quiet and baseline runs, and `BESIDE_S` for all others. */
  readonly budget?: number | undefined;
  readonly untilDecided?: number | undefined;
  readonly resume?: string | undefined;
  readonly confirm: (question: string) => Promise<boolean>;
}

export interface Detection {
  readonly lines: readonly Line[];
  /** Absent if nothing was left to measure. */
  readonly conditions: Conditions | undefined;
}

export interface Conditions {
  readonly profile: string;
  readonly machine: string;
  /** Loss that still counts as none, as a fraction. */
  readonly margin: number;
  /** Seconds of the profile's own budget. */
  readonly profileS: number;
  readonly untilDecidedS?: number;
}

interface Controls {
  readonly report: Report;
  readonly signal: AbortSignal;
}

const RUNS = { quiet: 30, company: 30, faults: 20 } as const;
/** Beside others, and with a fault. */
const BESIDE_S = 60;
/** Until a company works as it does from then on. */
const ARRIVAL_MS = 1_500;
/** A process, injection and the writing of reports, around the budget of a run. */
const AROUND_S = 10;
/** Company ends by itself after the longest possible run: with its budget, and twice that for waits. */
const COMPANY_FACTOR = 3;
/** A run cut short by its budget does not go into a baseline, and is repeated. */
const TRIES = 2;
const DEFAULT_PROFILE = "dev";
const UNSETTLED = "The disk has not become as fast as before within a minute: the next run begins all the same";

/** Runs the experiment. When it settles, everything that it started is removed, also after an interruption. */
export async function detect(options: DetectionOptions, controls: Controls): Promise<Detection> {
  const profile = options.stack.profile ?? DEFAULT_PROFILE;
  const stack = { ...options.stack, profile };
  const earlier = await readLines(options.resume);
  const lines: Line[] = [...earlier];
  const keep = async (line: Line) => {
    lines.push(line);
    await keepLine(options.resume, line);
  };
  const own = { ...stack, command: "bench:detection", provision: true, confirm: options.confirm };
  const conditions: Conditions[] = [];
  if (options.only.some((group) => group !== "bar")) {
    const baselines = await mkdtemp(join(tmpdir(), "plumbline-detection-"));
    try {
      await withOwnStack(own, controls, async () => {
        const observed = await observe(stack);
        conditions.push(conditionsOf(profile, observed, options));
        await new Experiment({ options, controls, profile, observed, baselines, keep }, lines.filter(isSample)).run();
      });
    } finally {
      await rm(baselines, { recursive: true, force: true });
    }
  }
  // The bar brings up a stack of its own, whose profile has a baseline of its own.
  if (options.only.includes("bar") && lines.every(isSample)) {
    const { line, observed } = await raiseBar({ ...own, harmed: options.service[0] }, controls);
    conditions.push(conditionsOf(profile, observed, options));
    await keep(line);
  }
  return { lines, conditions: conditions[0] };
}

function conditionsOf(profile: string, observed: ObservedStack, { untilDecided }: DetectionOptions): Conditions {
  const { margin, budgetS } = observed.desired.profile.verification;
  const until = untilDecided === undefined ? {} : { untilDecidedS: untilDecided };
  return { profile, machine: machineOf(observed), margin, profileS: budgetS, ...until };
}

interface Setting {
  readonly options: DetectionOptions;
  readonly controls: Controls;
  readonly profile: string;
  readonly observed: ObservedStack;
  readonly baselines: string;
  readonly keep: (line: Line) => Promise<void>;
}

class Experiment {
  readonly #setting: Setting;
  readonly #slice = new Date().toISOString();
  readonly #earlier: readonly Sample[];
  readonly #recorded: SmokeRun[] = [];

  constructor(setting: Setting, earlier: readonly Sample[]) {
    this.#setting = setting;
    this.#earlier = earlier;
  }

  async run(): Promise<void> {
    const { keep, controls } = this.#setting;
    const finished = new Map<string, number>();
    for (const kind of this.#earlier.flatMap((sample) => kindOf(sample) ?? [])) {
      finished.set(kindName(kind), (finished.get(kindName(kind)) ?? 0) + 1);
    }
    const kinds = interleaved(this.#wanted(), finished);
    if (kinds.length === 0) return;
    await this.#recordBaseline();
    const paces: Pace[] = [];
    const { root } = this.#setting.observed.wanted.folder;
    const usualMs = await syncedWriteMs(root);
    for (const [index, kind] of kinds.entries()) {
      const startedAt = performance.now();
      const sample = await this.#beside(kind);
      await keep(sample);
      if (!(await settle(root, usualMs, controls.signal))) controls.report({ kind: "note", text: UNSETTLED });
      paces.push({ plannedS: this.#plannedS(kind.group), tookS: (performance.now() - startedAt) / 1000 });
      const planned = kinds.slice(index + 1).map((each) => this.#plannedS(each.group));
      const left = timeLeftS(
        paces,
        planned.reduce((total, each) => total + each, 0),
      );
      const said = `${kindName(kind)} (${sample.detail}): ${saidOf(sample)}`;
      controls.report({ kind: "note", text: `${index + 1} of ${kinds.length}, ${durationText(left)} left: ${said}` });
    }
  }

  #wanted(): readonly Wanted[] {
    const { only, company, fault, service, runs } = this.#setting.options;
    const of = (group: keyof typeof RUNS, kinds: readonly Kind[]): readonly Wanted[] =>
      only.includes(group) ? kinds.map((kind) => ({ kind, runs: runs ?? RUNS[group] })) : [];
    const harmed = fault.flatMap((name) => {
      return harmedBy(name, this.#setting.observed, service).map((each) => ({ fault: name, service: each }));
    });
    return [
      ...of("quiet", [{ group: "quiet", company: "none" }]),
      ...of(
        "company",
        company.map((name) => ({ group: "company", company: name })),
      ),
      ...of(
        "faults",
        company.flatMap((name) => harmed.map((each) => ({ group: "faults", company: name, ...each }))),
      ),
    ];
  }

  /** As `baseline record`: at length, and with long probes unless the budget is given. */
  async #recordBaseline(): Promise<void> {
    const { options, baselines, controls, keep } = this.#setting;
    for (let run = 0; this.#recorded.length < options.baselineRuns && run < TRIES * options.baselineRuns; run += 1) {
      const text = `baseline, run ${this.#recorded.length + 1} of ${options.baselineRuns}`;
      controls.report({ kind: "note", text });
      const { run: measured } = await this.#measure("baseline", { thorough: true });
      if (!measured.complete) continue;
      this.#recorded.push(measured);
      const head = { slice: this.#slice, group: "baseline", company: "none", detail: "no fault" } as const;
      await keep(sampleOf(head, measured));
    }
    if (this.#recorded.length === 0) throw withoutBaseline(options.budget);
    await keepRuns(this.#recorded, { folder: baselines });
  }

  async #beside(kind: Kind): Promise<Sample> {
    const { detail, detours = [], undo } = await this.#harmed(kind);
    try {
      const seconds = COMPANY_FACTOR * (this.#plannedS(kind.group) + AROUND_S);
      const company = await invite(kind.company, { seconds, folder: this.#setting.observed.wanted.folder.root });
      try {
        await sleep(kind.company === "none" ? 0 : ARRIVAL_MS, undefined, { signal: this.#setting.controls.signal });
        const { untilDecided } = this.#setting.options;
        const { run, verdict } = await this.#measure(kind.group, {
          detours: [...detours],
          ...(untilDecided !== undefined && { untilDecidedS: untilDecided }),
        });
        return sampleOf({ slice: this.#slice, ...kind, detail }, run, verdict);
      } finally {
        await company.leave();
      }
    } finally {
      await undo();
    }
  }

  async #harmed(kind: Kind): Promise<Injected> {
    const { observed, controls } = this.#setting;
    if (kind.group !== "faults") return { detail: "no fault", undo: () => Promise.resolve() };
    const scene = sceneOf(observed, kind.service, { signal: controls.signal, busyCores: 0 });
    const busyCores = busyCoresOf(this.#recorded, observed, kind.service) ?? scene.service.share.cpus;
    return faults[kind.fault].inject({ ...scene, busyCores });
  }

  /** Only the measuring half of `verify`: the other half would report a changed limit as drift first. */
  #measure(group: Exclude<Group, "bar"> | "baseline", how: Partial<RunOrder>) {
    const { baselines, controls, options } = this.#setting;
    const { stack, runtime } = options.stack;
    const { profile } = this.#setting;
    const which = { stack, profile, ...(runtime !== undefined && { runtime }) };
    const order = { stack: which, baselines, detours: [], ...this.#budget(group), ...how };
    return orderRun(order, this.#plannedS(group), controls.signal);
  }

  #budget(group: Exclude<Group, "bar"> | "baseline"): Pick<RunOrder, "budgetS"> {
    const { budget } = this.#setting.options;
    if (budget !== undefined) return { budgetS: budget };
    return group === "quiet" || group === "baseline" ? {} : { budgetS: BESIDE_S };
  }

  #plannedS(group: Exclude<Group, "bar"> | "baseline"): number {
    const profileS = this.#setting.observed.desired.profile.verification.budgetS;
    const { untilDecided = 0 } = this.#setting.options;
    return Math.max(this.#budget(group).budgetS ?? profileS, untilDecided) + AROUND_S;
  }
}

function withoutBaseline(budget: number | undefined): PlumblineError {
  return new PlumblineError("BENCH_FAILED", {
    what: "No run was complete, so there is no baseline",
    why: `the budget of ${budget === undefined ? "the profile" : `${budget} s`} ended before every scenario had its blocks`,
    fix: "Wait until the machine is quiet, or give more time with --budget",
  });
}

function saidOf({ verdict, scenarios, complete }: Sample): string {
  const all = Object.values(scenarios);
  const decided = all.filter((each) => each.verdict === "meets" || each.verdict === "below").length;
  const causes = [...new Set(all.flatMap(({ cause }) => cause ?? []))];
  const short = complete ? [] : ["incomplete: its budget was too short"];
  return [`${verdict}, ${decided} of ${all.length} decided`, ...causes, ...short].join(", ");
}
