/** Injects faults into its own stack, one run at a time, and records each verdict. */
import { resultsRenderer } from "../../../stack/report/measurement/renderer.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isMeasured } from "../../../stack/core/results/baseline.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import { usageOf } from "../../../stack/judge/causes/usage.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import type { Report } from "../../../stack/core/progress.ts";
import { keepRuns } from "../../../stack/commands/keep-runs.ts";
import { observeWanted, requireRunning } from "../../../stack/commands/request/observed-stack.ts";
import { measure, type Measurable } from "../../../stack/measure/measure.ts";
import { readWanted, type StackOptions } from "../../../stack/commands/request/request.ts";
import { requireEngine } from "../../../stack/commands/request/discovery.ts";
import { byInstance } from "../../../stack/converge/targets.ts";
import { withOwnStack } from "../self/own-stack.ts";
import { faults, type FaultName } from "./faults.ts";
import type { Scene } from "./scene.ts";
import { keepSample, readSamples, sampleOf, type Sample } from "./samples.ts";

export interface DetectionOptions {
  readonly stack: StackOptions;
  readonly runs: number;
  readonly clean: number;
  readonly baselineRuns: number;
  readonly budget: number;
  readonly fault: readonly FaultName[];
  readonly service?: string | undefined;
  readonly resume?: string | undefined;
  readonly confirm: (question: string) => Promise<boolean>;
}

export interface Detection {
  readonly samples: readonly Sample[];
  readonly conditions: { readonly service: string; readonly budgetS: number; readonly machine: string };
}

interface Controls {
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** After a fault is undone, time for its remains: dirty pages, a backlog, a container that ends. */
const SETTLE_MS = 1_500;
/** A run cut short by its budget does not go into a baseline, and is repeated. */
const TRIES = 2;
/** Smaller than the default: one service is measured, and it must be up in seconds. */
const PROFILE = "minimal";

/**
 * Runs the experiment. When it settles, everything that it started and injected is removed, also after an interruption.
 */
export async function detect(options: DetectionOptions, controls: Controls): Promise<Detection> {
  const { stack, confirm } = options;
  const profile = stack.profile ?? PROFILE;
  const own = { ...stack, command: "bench:detection", profile, provision: true, confirm };
  const earlier = await readSamples(options.resume);
  const baselines = await mkdtemp(join(tmpdir(), "plumbline-detection-"));
  try {
    return await withOwnStack(own, controls, async () => {
      const scene = await sceneOf({ ...stack, profile }, options.service, controls.signal);
      const samples = await new Experiment({ options, controls, scene, baselines, earlier }).run();
      const { cpus, kernel, cgroupVersion, engineVersion } = scene.stack.machine;
      const machine = `${cpus} cpus, kernel ${kernel}, cgroup v${cgroupVersion}, engine ${engineVersion}`;
      return { samples, conditions: { service: scene.service.name, budgetS: options.budget, machine } };
    });
  } finally {
    await rm(baselines, { recursive: true, force: true });
  }
}

async function sceneOf(options: StackOptions, wantedService: string | undefined, signal: AbortSignal): Promise<Scene> {
  const wanted = await readWanted(options);
  const found = await requireEngine(wanted);
  await requireRunning(wanted, found);
  const stack = await observeWanted(wanted, found, { withoutImage: "left out" });
  const containers = byInstance(stack.observation.containers);
  const service = stack.desired.services.find(({ name, instances }) =>
    wantedService === undefined
      ? Object.keys(instances[0]?.container.volumes ?? {}).length > 0
      : name === wantedService,
  );
  const instance = service?.instances[0];
  const container = containers.get(instance?.name ?? "");
  if (service && instance && container) {
    return { stack, service, instance, container, busyCores: service.share.cpus, signal };
  }
  throw new PlumblineError("WRONG_USAGE", {
    what: `There is no service ${wantedService ?? "with a data volume"} to harm`,
    why: "the profile has none",
    fix: `Use some of: ${stack.desired.services.map(({ name }) => name).join(", ")}`,
  });
}

interface Setting {
  readonly options: DetectionOptions;
  readonly controls: Controls;
  readonly scene: Scene;
  readonly baselines: string;
  readonly earlier: readonly Sample[];
}

class Experiment {
  readonly #setting: Setting;
  readonly #slice = new Date().toISOString();
  readonly #samples: Sample[];
  #busyCores = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#samples = [...setting.earlier];
  }

  async run(): Promise<readonly Sample[]> {
    const { controls } = this.#setting;
    const kinds = this.#missing();
    if (kinds.length === 0) return this.#samples;
    await this.#recordBaseline();
    for (const [index, kind] of kinds.entries()) {
      const sample = kind === "clean" ? await this.#clean() : await this.#withFault(kind);
      await this.#keep(sample);
      const { verdict, cause, evidence, detail } = sample;
      const said = cause === undefined ? verdict : `${verdict}, ${cause}: ${evidence}`;
      controls.report({ kind: "note", text: `${index + 1} of ${kinds.length}: ${kind} (${detail}): ${said}` });
      await sleep(SETTLE_MS, undefined, { signal: controls.signal });
    }
    return this.#samples;
  }

  /** Returns the remaining runs, evenly mixed, so that changes of the machine affect every kind alike. */
  #missing(): readonly (FaultName | "clean")[] {
    const { fault, runs, clean } = this.#setting.options;
    const wanted = [...fault.map((kind) => ({ kind, runs })), { kind: "clean", runs: clean } as const];
    return wanted
      .flatMap(({ kind, runs: all }) => {
        const left = Math.max(0, all - this.#samples.filter((sample) => sample.kind === kind).length);
        return Array.from({ length: left }, (_, index) => ({ kind, at: (index + 0.5) / left }));
      })
      .toSorted((left, right) => left.at - right.at)
      .map(({ kind }) => kind);
  }

  async #recordBaseline(): Promise<void> {
    const { options, scene, baselines, controls } = this.#setting;
    const recorded: SmokeRun[] = [];
    for (let run = 0; recorded.length < options.baselineRuns && run < TRIES * options.baselineRuns; run += 1) {
      controls.report({ kind: "note", text: `baseline, run ${recorded.length + 1} of ${options.baselineRuns}` });
      const measured = await this.#measure(scene.stack, true);
      if (!measured.run.complete) continue;
      recorded.push(measured.run);
      await this.#keep(sampleOf({ slice: this.#slice, kind: "baseline", detail: "no fault" }, measured.run));
    }
    await keepRuns(recorded, { folder: baselines, add: true });
    this.#busyCores = Math.max(0, ...recorded.flatMap((run) => coresOf(run, scene.instance.name)));
  }

  async #clean(): Promise<Sample> {
    const { run, verdict } = await this.#measure(this.#setting.scene.stack, false);
    return sampleOf({ slice: this.#slice, kind: "clean", detail: "no fault" }, run, verdict);
  }

  async #withFault(kind: FaultName): Promise<Sample> {
    const { stack, detail, undo } = await faults[kind].inject({
      ...this.#setting.scene,
      busyCores: this.#busyCores || this.#setting.scene.busyCores,
    });
    try {
      const { run, verdict } = await this.#measure(stack, false);
      return sampleOf({ slice: this.#slice, kind, detail }, run, verdict);
    } finally {
      await undo();
    }
  }

  /** Only the measuring half of `verify`: the other half would report a changed limit as drift first. */
  #measure(stack: Measurable, thorough: boolean) {
    const { options, scene, baselines, controls } = this.#setting;
    const quiet: Report = (event) => {
      if (event.kind === "warning") controls.report(event);
    };
    const how = {
      command: "bench:detection",
      services: [scene.service.name],
      budgetS: options.budget,
      baselines,
      thorough,
    };
    return measure(stack, { ...how, report: quiet, renderer: resultsRenderer, signal: controls.signal });
  }

  async #keep(sample: Sample): Promise<void> {
    this.#samples.push(sample);
    await keepSample(this.#setting.options.resume, sample);
  }
}

/** Returns the cpu that a container used, by scenario. */
function coresOf(run: SmokeRun, instance: string): readonly number[] {
  return run.scenarios.filter(isMeasured).flatMap((scenario) => {
    const containers = usageOf(scenario, run)?.containers ?? [];
    return containers.filter((container) => container.instance === instance).map(({ cpuCores }) => cpuCores);
  });
}
