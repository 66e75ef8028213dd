/** A profile: the wanted machine, the wanted services, the workload and the verification budget. */
import type { SettingValue } from "../machine/facts.ts";
import type { ImagePolicy } from "../service/image.ts";
import { resolveChain } from "./chain.ts";
import type { ProfileSources } from "./chain.ts";
import { mergeProfiles, NO_PROFILE, partsOf } from "./merge.ts";
import type { MergedProfile } from "./merge.ts";
import { findProblems } from "./issues.ts";
import type { Locate } from "./issues.ts";
import { formatProblem } from "./problem.ts";
import type { Path, Position, ProfileProblem } from "./problem.ts";
import { profileSchema } from "./schema.ts";
import type { ProfileService } from "./schema.ts";
import { wantProblems } from "./wants.ts";
import type { ProfileDocument } from "./document.ts";
import type { MachineWish } from "../machine/machine.ts";
import type { Workload } from "../service/workload.ts";

/** A profile with its parents merged and every default filled in. */
export interface Profile {
  readonly name: string;
  readonly description: string;
  readonly machine: MachineWish;
  /** Options by service name, in the profile's order; a service set to `false` is absent. */
  readonly services: Readonly<Record<string, unknown>>;
  /** Settings that replace the computed ones, by service, then by the server's name of the setting. */
  readonly overrides: Readonly<Record<string, Readonly<Record<string, SettingValue>>>>;
  readonly workload: Workload;
  readonly verification: Verification;
  readonly images: ImagePolicy;
  /** "auto", or the name of a runtime. */
  readonly runtime: string;
  /** Added to every published port, so that two stacks can run side by side. */
  readonly portOffset: number;
}

export interface Verification {
  /** Time for the smoke benchmarks, in seconds. */
  readonly budgetS: number;
  /** Largest loss that still counts as `meets`, as a fraction: 0.1. */
  readonly margin: number;
}

/** Returns the position of a key (or its value) in the file that decides it; undefined for a default. */
export type PositionOf = (path: Path, what?: "key" | "value") => Position | undefined;

export type ParsedProfile =
  | { readonly ok: Profile; readonly positionOf: PositionOf }
  | { readonly problems: readonly ProfileProblem[] };

/**
 * Reads a profile and its parents. Returns every mistake at once, each with its position, the value found and the value
 * expected. `runtimes` are the names allowed besides "auto"; if absent, every name is allowed.
 */
export function parseProfile(
  sources: ProfileSources,
  services: readonly ProfileService[],
  runtimes: readonly string[] = [],
): ParsedProfile {
  const chain = resolveChain(sources);
  const { documents } = chain;
  const schema = profileSchema(services, runtimes);
  const problems = [...chain.problems];
  for (const document of documents) {
    problems.push(...document.problems);
    if (document.readable) problems.push(...findProblems(schema, document.data ?? {}, locateIn(document)));
  }
  const merged = documents.map(({ data }) => partsOf(data)).reduceRight(mergeProfiles, NO_PROFILE);
  const positionOf = positionIn(documents);
  // A problem without a path concerns a whole file; then checking the merged profile proves nothing.
  if (chain.complete && problems.every(({ path }) => path !== "")) {
    const start = { file: sources.wanted.file, line: 1, column: 1 };
    problems.push(...wholeProblems(merged, services, positionOf, { start, known: problems }));
  }
  const settled = schema.safeParse({ ...merged.plain, ...merged.sections });
  if (problems.length > 0 || !settled.success) return { problems: inOrder(problems, documents) };
  return { ok: profileOf(sources.wanted.name, settled.data, merged), positionOf };
}

type Settled = ReturnType<ReturnType<typeof profileSchema>["parse"]>;

function profileOf(name: string, settled: Settled, { services }: MergedProfile): Profile {
  const wanted = Object.entries(services).filter(([, { enabled }]) => enabled);
  const overridden = wanted.filter(([, { settings }]) => Object.keys(settings).length > 0);
  return {
    name,
    description: settled.description,
    machine: settled.machine,
    services: Object.fromEntries(wanted.map(([service, { options }]) => [service, options])),
    overrides: Object.fromEntries(overridden.map(([service, { settings }]) => [service, settingValues(settings)])),
    workload: settled.workload,
    verification: { budgetS: settled.verification.budget / 1000, margin: settled.verification.margin },
    images: settled.images,
    runtime: settled.runtime,
    portOffset: settled.portOffset,
  };
}

function settingValues(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, SettingValue>> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) =>
      typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? [[name, value]] : [],
    ),
  );
}

/** Returns the mistakes that only the merged profile shows. */
function wholeProblems(
  { services: entries }: MergedProfile,
  services: readonly ProfileService[],
  positionOf: PositionOf,
  { start, known }: { readonly start: Position; readonly known: readonly ProfileProblem[] },
): readonly ProfileProblem[] {
  const wanted = services.filter(({ name }) => entries[name]?.enabled === true);
  const locate: Locate = (path, what) => nearestPosition(path, what, positionOf) ?? start;
  const isKnown = (name: string) => known.some(({ path }) => `${path}.`.startsWith(`services.${name}.`));
  const problems: ProfileProblem[] = wanted
    .filter(({ name }) => !isKnown(name))
    .flatMap(({ name, options }) => findProblems(options, entries[name]?.options, locate, ["services", name]));
  // A misspelt name may be the service that seems to be missing.
  if (Object.keys(entries).some((entry) => !services.some(({ name }) => name === entry))) return problems;
  const configured = wanted.map(({ name, options, configure }) => {
    const given = entries[name]?.options;
    const valid = !isKnown(name) && options.safeParse(given).success;
    return { service: configure(valid ? given : {}), valid };
  });
  problems.push(...wantProblems(entries, configured, locate));
  if (Object.values(entries).every(({ enabled }) => !enabled)) {
    const place = locate(["services"], "key");
    problems.push({ ...place, path: "services", found: "no service", expected: "at least one service" });
  }
  return problems;
}

function locateIn(document: ProfileDocument): Locate {
  const start = { file: document.source.file, line: 1, column: 1 };
  return (path, what) => nearestPosition(path, what, (at, key) => document.position(at, key ?? "value")) ?? start;
}

/** Returns the position of the key, or of the nearest key above it that a file contains. */
function nearestPosition(path: Path, what: "key" | "value", positionOf: PositionOf): Position | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const position = positionOf(path.slice(0, length), length === path.length ? what : "key");
    if (position !== undefined) return position;
  }
  return undefined;
}

function positionIn(childFirst: readonly ProfileDocument[]): PositionOf {
  return (path, what = "value") => {
    for (const document of childFirst) {
      const position = document.position(path, what);
      if (position !== undefined) return position;
    }
    return undefined;
  };
}

/** Sorts by file, the child's first, then by position. Drops a mistake of the merged profile that a file also shows. */
function inOrder(
  problems: readonly ProfileProblem[],
  documents: readonly ProfileDocument[],
): readonly ProfileProblem[] {
  const rank = (file: string) => documents.findIndex(({ source }) => source.file === file);
  const unique = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return [...unique.values()].toSorted((a, b) => rank(a.file) - rank(b.file) || a.line - b.line || a.column - b.column);
}
