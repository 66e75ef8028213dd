/** Saves measured runs as the baseline of their profile and machine. */
import { baselineName, recordBaseline } from "../judge/baseline.ts";
import { disturbedRuns, withMarks } from "../judge/baselines/usable.ts";
import { fingerprintOfBaseline, type RecordedBaseline, scenarioNames } from "../core/results/baseline.ts";
import type { Saved } from "../core/results/commands/bench.ts";
import type { SmokeRun } from "../core/results/measurement.ts";
import { PlumblineError } from "../core/errors.ts";
import { differences } from "../judge/fingerprint.ts";
import { contradictions, lintBaseline } from "../judge/lint/lint-baseline.ts";
import { keepPrevious, loadBaselines, saveBaseline } from "../records/files.ts";
import { BASELINES_FOLDER } from "../measure/measure.ts";

export interface KeepOptions {
  /** `BASELINES_FOLDER` if absent. */
  readonly folder?: string;
  /** Keep the runs that are there. */
  readonly add?: boolean;
  /** The services that were measured; absent for all. Scenarios of others stay as they are. */
  readonly services?: readonly string[];
  /** What disturbed the machine before the runs, if they were recorded all the same. */
  readonly noise?: string | undefined;
}

/**
 * Saves the runs as the baseline of their profile and machine. The previous runs are replaced, and a copy of them is
 * kept; with `add` they stay, if the conditions are the same. Incomplete runs are left out with a note. Rejects with
 * BASELINE_INVALID if all are incomplete, and if figures are impossible: saved, they would make every later verdict
 * `baseline invalid`.
 */
export async function keepRuns(runs: readonly SmokeRun[], options: KeepOptions = {}): Promise<Saved> {
  const { folder = BASELINES_FOLDER, noise } = options;
  const whole = runs.filter(({ complete }) => complete);
  const recorded = recordBaseline(whole.length === 0 ? runs : whole);
  const fresh =
    noise === undefined
      ? recorded
      : withMarks(
          recorded,
          recorded.runs.map((_, run) => ({ run, why: `the machine was not quiet before: ${noise}` })),
        );
  const name = nameOf(fresh);
  const known = (await loadBaselines(folder))
    .filter((baseline) => baseline.kind === "recorded")
    .find((baseline) => baseline.name === name);
  const joined = known ? join(known, fresh, options) : { baseline: fresh, notes: [], replaces: false };
  refuseImpossible(joined.baseline);
  const previous = joined.replaces ? await keepPrevious(folder, joined.baseline.name) : undefined;
  const path = await saveBaseline(folder, joined.baseline);
  return {
    baseline: joined.baseline,
    path,
    notes: [
      ...joined.notes,
      ...(previous === undefined ? [] : [previousNote(previous)]),
      ...leftOut(runs),
      ...marked(joined.baseline),
      ...doubts(joined.baseline),
    ],
  };
}

function nameOf({ runs: [first], name }: RecordedBaseline): string {
  return first ? baselineName(first.profile, first.fingerprint) : name;
}

/** What is said of the copy of a file that was replaced. */
export function previousNote(path: string): string {
  return `the file as it was is kept as ${path}, which no verdict uses`;
}

interface Joined extends Omit<Saved, "path"> {
  /** True if figures that were there are not in it. */
  readonly replaces: boolean;
}

function join(known: RecordedBaseline, fresh: RecordedBaseline, { add, services }: KeepOptions): Joined {
  const changed = differences(fingerprintOfBaseline(fresh), fingerprintOfBaseline(known)).filter(
    ({ breaks }) => breaks,
  );
  if (changed.length > 0) {
    const what = changed.map(({ field, now, baseline }) => `${field} was ${baseline} and is ${now}`).join(", ");
    return { baseline: fresh, notes: [`the baseline that was there is replaced: ${what}`], replaces: true };
  }
  if (add) {
    const baseline = { ...together(known, fresh), recordedAt: known.recordedAt };
    return { baseline, notes: [`added to the ${known.runs.length} runs that were there`], replaces: false };
  }
  const others = services ? ofOtherServices(known, services) : undefined;
  if (others) {
    const names = scenariosOf(others);
    return {
      baseline: together(others, fresh),
      notes: [`replaced what was measured again; ${names.size} scenarios of other services stay`],
      replaces: true,
    };
  }
  const gone = [...scenariosOf(known)].filter((name) => !scenariosOf(fresh).has(name));
  return {
    baseline: fresh,
    notes: [
      `the ${known.runs.length} runs that were there are replaced; --add keeps them`,
      ...(gone.length === 0 ? [] : [`no longer in it: ${gone.join(", ")}`]),
    ],
    replaces: true,
  };
}

/** Older runs come first; marks of both stay, at their new places. */
function together(known: RecordedBaseline, fresh: RecordedBaseline): RecordedBaseline {
  const moved = disturbedRuns(fresh).map(({ run, why }) => ({ run: run + known.runs.length, why }));
  const all = recordBaseline([...known.runs, ...fresh.runs], fresh.name);
  return withMarks({ ...all, disturbed: [...disturbedRuns(known)], recordedAt: fresh.recordedAt }, [
    ...moved,
    ...disturbedRuns(all),
  ]);
}

/** Returns the baseline without the scenarios of these services; undefined if nothing else is in it. */
function ofOtherServices(known: RecordedBaseline, services: readonly string[]): RecordedBaseline | undefined {
  const rest = known.runs.map((run) => ({
    ...run,
    scenarios: run.scenarios.filter(({ name }) => !services.includes(name.split("/", 1)[0] ?? name)),
  }));
  const places = rest.flatMap(({ scenarios }, index) => (scenarios.length > 0 ? [index] : []));
  if (places.length === 0) return undefined;
  const marks = disturbedRuns(known).flatMap(({ run, why }) =>
    places.includes(run) ? [{ run: places.indexOf(run), why }] : [],
  );
  return { ...known, runs: places.flatMap((place) => rest[place] ?? []), disturbed: marks };
}

function scenariosOf({ runs }: RecordedBaseline): ReadonlySet<string> {
  return new Set(scenarioNames(runs));
}

function marked(baseline: RecordedBaseline): readonly string[] {
  return disturbedRuns(baseline).map(({ run, why }) => `run ${run + 1} is marked as disturbed: ${why}`);
}

/** Returns suspicious findings: possible, but not ordinary, so worth checking while the machine is at hand. */
function doubts(baseline: RecordedBaseline): readonly string[] {
  const found = lintBaseline(baseline).filter(({ severity }) => severity === "suspicious");
  return found.map(({ place, says }) => `suspicious: ${place}: ${says}`);
}

function leftOut(runs: readonly SmokeRun[]): readonly string[] {
  return runs.flatMap(({ complete, warnings }, index) =>
    complete ? [] : [`run ${index + 1} is not in it: ${warnings.join("; ") || "it is incomplete"}`],
  );
}

function refuseImpossible(baseline: RecordedBaseline): void {
  const found = contradictions(baseline);
  if (found.length === 0) return;
  throw new PlumblineError("BASELINE_INVALID", {
    what: "The figures cannot be kept as a baseline",
    why: found.map(({ place, says }) => `${place}: ${says}`).join("\n"),
    fix: "Find out why they cannot be true, and measure again; every later run would be judged by them.",
    details: { findings: found },
  });
}
