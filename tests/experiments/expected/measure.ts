/**
 * Measures each group on and off in turn, on a stack of its own. Plumbline itself switches: `up` with a profile of each
 * side, which changes what can be changed while the server runs, restarts for the rest, and reads every value back.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf, PlumblineError } from "../../../stack/core/errors.ts";
import type { Report } from "../../../stack/core/progress.ts";
import type { Setting } from "../../../stack/core/service/setting.ts";
import type { StackOptions } from "../../../stack/commands/request/request.ts";
import type { RunningStack } from "../../../stack/commands/request/running-stack.ts";
import { up } from "../../../stack/commands/up.ts";
import { prepareAll, teardownAll } from "../../../stack/measure/prepare.ts";
import { DEFAULT_PROFILE, isProfilePath } from "../../../stack/records/profiles.ts";
import { loadNow } from "../fidelity/document.ts";
import { withOwnStack, type OwnStackOptions } from "../self/own-stack.ts";
import { observeWindow } from "../variance/observe.ts";
import type { Observed } from "../variance/results.ts";
import { openStage } from "../variance/stage.ts";
import type { Expected, MeasuredGroup } from "./document.ts";
import { GROUPS, groupsNamed, profileOf, SIDES, takesOf, valuesIn, type Group, type Side } from "./groups.ts";

export interface ExpectedOptions {
  readonly stack: StackOptions;
  /** Names of groups or services; all if undefined. */
  readonly only: readonly string[] | undefined;
  readonly pairs: number;
  /** Length of a window. */
  readonly seconds: number;
  /** No pair begins later. */
  readonly minutes: number;
  readonly confirm: (question: string) => Promise<boolean>;
}

interface Controls {
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Before each window: connections, plan caches, compiling, and pages that a restart has dropped. */
const WARMUP_MS = 1000;
const MS_PER_MINUTE = 60_000;

/** Rejects with WRONG_USAGE for unknown names. What it starts is removed when it settles. */
export async function measureExpected(options: ExpectedOptions, controls: Controls): Promise<Expected> {
  const groups = groupsNamed(options.only);
  const profile = options.stack.profile ?? DEFAULT_PROFILE;
  refuseUnknown(options.only, profile);
  const end = performance.now() + options.minutes * MS_PER_MINUTE;
  const loadBefore = loadNow();
  const folder = await mkdtemp(join(tmpdir(), "plumbline-expected-"));
  const measured: MeasuredGroup[] = [];
  const notes: string[] = [];
  try {
    const only = [...new Set(groups.map(({ service }) => service))];
    const own = { ...options.stack, command: "bench:expected", profile, provision: true, confirm: options.confirm };
    await withOwnStack({ ...own, only }, controls, async () => {
      for (const group of groups) {
        try {
          const world: GroupWorld = { group, own, folder, parent: profile, end, ...options, ...controls };
          const found = await measureGroup(world);
          if (typeof found === "string") notes.push(`${group.name} was not measured: ${found}`);
          else measured.push(found);
        } catch (error) {
          controls.signal.throwIfAborted();
          notes.push(`${group.name} was not measured: ${messageOf(error)}`);
        }
      }
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { profile, seconds: options.seconds, loadBefore, groups: measured, notes };
}

function refuseUnknown(only: readonly string[] | undefined, profile: string): void {
  const unknown = (only ?? []).filter((name) => groupsNamed([name]).length === 0);
  const wrong = unknown.length > 0 ? `--only names ${unknown.join(", ")}` : undefined;
  if (wrong === undefined && !isProfilePath(profile)) return;
  throw new PlumblineError("WRONG_USAGE", {
    what: wrong ?? `The profile ${profile} is a file`,
    why:
      wrong === undefined
        ? "both sides extend it, and only the project's profiles can be extended"
        : "there is no such group of settings",
    fix:
      wrong === undefined
        ? "Name a profile of the folder profiles"
        : `Use some of: ${GROUPS.map(({ name }) => name).join(", ")}`,
  });
}

interface GroupWorld extends ExpectedOptions, Controls {
  readonly group: Group;
  readonly own: OwnStackOptions;
  readonly folder: string;
  readonly parent: string;
  readonly end: number;
}

/** Resolves to the reason if the group was not measured. */
async function measureGroup(world: GroupWorld): Promise<MeasuredGroup | string> {
  const { group, pairs, report, end } = world;
  const windows = new Map<string, Taken>();
  const seen = new Map<Side, readonly Setting[]>();
  for (let pair = 0; pair < pairs && performance.now() < end; pair += 1) {
    // On, off, off, on: a drift of the machine meets both sides alike, and every other switch is spared.
    const order = pair % 2 === 0 ? SIDES : SIDES.toReversed();
    const taken: Partial<Record<Side, ReadonlyMap<string, VisitedWindow>>> = {};
    for (const side of order) {
      report({ kind: "note", text: `${group.name}, pair ${pair + 1} of ${pairs}: ${side}` });
      const running = await switchTo(side, world);
      seen.set(side, settingsOf(running, group));
      taken[side] = await visit(running, world);
    }
    for (const [scenario, on] of taken.on ?? []) {
      const off = taken.off?.get(scenario);
      const so = windows.get(scenario) ?? { clients: on.clients, pairs: [] };
      if (off) windows.set(scenario, { ...so, pairs: [...so.pairs, { on: on.window, off: off.window }] });
    }
  }
  const [on, off] = SIDES.map((side) => seen.get(side));
  if (!on || !off) return "no time was left";
  const takes = takesOf(group, off);
  if (takes === undefined) return "the service has none of its settings";
  return {
    name: group.name,
    takes,
    on: valuesIn(group, on),
    off: valuesIn(group, off),
    scenarios: [...windows].map(([scenario, each]) => ({ scenario, ...each })),
  };
}

interface Taken {
  readonly clients: number;
  readonly pairs: readonly { readonly on: Observed; readonly off: Observed }[];
}

interface VisitedWindow {
  readonly clients: number;
  readonly window: Observed;
}

function settingsOf({ desired }: RunningStack, { service }: Group): readonly Setting[] {
  return desired.services.find(({ name }) => name === service)?.settings ?? [];
}

/** Brings the side's profile up. Rejects if a server does not report the values of that side. */
async function switchTo(side: Side, { group, own, folder, parent, report, signal }: GroupWorld): Promise<RunningStack> {
  const profile = join(folder, `${group.name.replace("/", "-")}-${side}.yaml`);
  await writeFile(profile, profileOf(group, parent, side));
  const quiet: Report = (event) => (event.kind === "warning" ? report(event) : undefined);
  const options = { ...own, profile, only: [group.service] };
  const { used } = await up(options, { report: quiet, signal }, async (running) => running);
  return used;
}

/** Measures one window of each scenario, on data of its own: what one side wrote is not there for the other. */
async function visit(running: RunningStack, { group, seconds, signal }: GroupWorld) {
  const stage = await openStage(running, ["default"]);
  const variants = stage.variants.filter(({ scenario }) => scenario.name.startsWith(`${group.service}/`));
  const windows = new Map<string, VisitedWindow>();
  try {
    const scenarios = variants.map(({ scenario }) => scenario);
    const { failures } = await prepareAll(stage.benches, scenarios, signal);
    for (const { scenario, meters } of variants) {
      const reason = failures.get(scenario.name) ?? failures.get(group.service);
      if (reason !== undefined) throw new Error(`${scenario.name}: ${reason}`);
      const run = await scenario.open(scenario.clients);
      try {
        const times = { warmupMs: WARMUP_MS, windowMs: seconds * 1000, signal };
        const { clients } = scenario;
        windows.set(scenario.name, { clients, window: await observeWindow(scenario, run, meters, times) });
      } finally {
        await run.close();
      }
    }
  } finally {
    await teardownAll(stage.benches);
    stage.close();
  }
  return windows;
}
