/** Finds profiles by name or path and reads them. */
import { readdir } from "node:fs/promises";
import { basename, extname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf, PlumblineError } from "../core/errors.ts";
import { parseProfile } from "../core/profile/profile.ts";
import type { PositionOf, Profile } from "../core/profile/profile.ts";
import type { ProfileSource } from "../core/profile/document.ts";
import { nearest } from "../core/profile/nearest.ts";
import { formatProblem } from "../core/profile/problem.ts";
import type { ProfileService } from "../core/profile/schema.ts";
import { readRegular } from "../host/regular-file.ts";

export const DEFAULT_PROFILE = "dev";

/** A profile is a few kilobytes; a larger file was named by mistake, and reading it would keep signals waiting. */
const PROFILE_MAX_BYTES = 128 * 1024;
/** A message names at most this number of mistakes. A file with more of them is not a profile. */
const MISTAKES_SHOWN = 100;

const PROJECT_PROFILES = fileURLToPath(new URL("../../profiles", import.meta.url));

export interface ReadOptions {
  readonly services: readonly ProfileService[];
  /** Runtimes that a profile may name besides "auto"; absent to allow every name. */
  readonly runtimes?: readonly string[];
  /** The folder of named profiles; the project's by default. */
  readonly folder?: string;
}

export interface ReadProfile {
  readonly profile: Profile;
  /** Returns where the profile, or the parent that it inherits from, sets a value. */
  readonly positionOf: PositionOf;
}

/**
 * Reads a profile by its name ("dev") or by the path of a YAML file anywhere ("./mine.yaml").
 * Rejects with PROFILE_UNKNOWN, or with PROFILE_INVALID and every mistake in `details.problems`.
 */
export async function readProfile(wanted: string, options: ReadOptions): Promise<ReadProfile> {
  const { services, runtimes, folder = PROJECT_PROFILES } = options;
  const { library, unreadable } = await readLibrary(folder);
  const source = isProfilePath(wanted)
    ? await readSource(wanted, library)
    : library.find(({ name }) => name === wanted);
  if (source === undefined) throw unreadable.get(wanted) ?? unknownProfile(wanted, library, folder);
  const parsed = parseProfile({ wanted: source, library }, services, runtimes);
  if (!("problems" in parsed)) return { profile: parsed.ok, positionOf: parsed.positionOf };
  const count = parsed.problems.length;
  throw new PlumblineError("PROFILE_INVALID", {
    what: `The profile ${source.name} has ${count === 1 ? "a mistake" : `${count} mistakes`}`,
    why: [
      ...parsed.problems.slice(0, MISTAKES_SHOWN).map(formatProblem),
      ...(count > MISTAKES_SHOWN ? [`and ${count - MISTAKES_SHOWN} more`] : []),
    ].join("\n"),
    fix: "Correct them. An editor that knows YAML schemas shows them while you type: profiles/profile.schema.json.",
    details: { problems: parsed.problems.slice(0, MISTAKES_SHOWN) },
  });
}

/** Returns the names of a folder's profiles in alphabetical order. */
export async function listProfiles(folder = PROJECT_PROFILES): Promise<readonly string[]> {
  return (await profileFiles(folder)).map(nameOf);
}

/** A file that cannot be read concerns only those who name it. */
async function readLibrary(folder: string): Promise<{
  readonly library: readonly ProfileSource[];
  readonly unreadable: ReadonlyMap<string, PlumblineError>;
}> {
  const files = await profileFiles(folder);
  const unreadable = new Map<string, PlumblineError>();
  const sources = files.map(async (file) => {
    try {
      return [await readSource(join(folder, file))];
    } catch (error) {
      if (!(error instanceof PlumblineError)) throw error;
      unreadable.set(nameOf(file), error);
      return [];
    }
  });
  return { library: (await Promise.all(sources)).flat(), unreadable };
}

async function profileFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory() && isYaml(entry.name) && !entry.name.startsWith("."));
  return files.map(({ name }) => name).toSorted();
}

/** Rejects with PROFILE_UNKNOWN at once for anything but an ordinary file: a named pipe would be waited for. */
async function readSource(path: string, library: readonly ProfileSource[] = []): Promise<ProfileSource> {
  try {
    const text = (await readRegular(path, { maxBytes: PROFILE_MAX_BYTES })).toString("utf8");
    return { name: nameOf(path), file: displayed(path), text };
  } catch (error) {
    throw new PlumblineError("PROFILE_UNKNOWN", {
      what: `The profile ${path} cannot be read`,
      why: messageOf(error),
      fix: library.some(({ name }) => name === nameOf(path))
        ? `Give the name alone for the project's profile ${nameOf(path)}, or the path of another YAML file.`
        : "Give the path of a YAML file, or the name of one of the project's profiles.",
      details: { path },
      cause: error,
    });
  }
}

/** Returns the path relative to the current folder if the file is below it. */
function displayed(path: string): string {
  const absolute = resolve(path);
  const short = relative(process.cwd(), absolute);
  return short.startsWith("..") || isAbsolute(short) ? absolute : short;
}

/** True for a path of a file; false for a name among the project's profiles. */
export function isProfilePath(wanted: string): boolean {
  return isYaml(wanted) || /[/\\]/.test(wanted);
}

function isYaml(file: string): boolean {
  return [".yaml", ".yml"].includes(extname(file));
}

function nameOf(file: string): string {
  return basename(file, extname(file));
}

function unknownProfile(wanted: string, library: readonly ProfileSource[], folder: string): PlumblineError {
  const names = library.map(({ name }) => name);
  const suggestion = nearest(wanted, names);
  return new PlumblineError("PROFILE_UNKNOWN", {
    what: `There is no profile ${JSON.stringify(wanted)}`,
    why: `${displayed(folder)} has ${names.join(", ")}`,
    fix:
      suggestion === undefined
        ? "Name one of these, or give the path of a YAML file."
        : `Did you mean ${suggestion}? A path of a YAML file works too.`,
    details: { wanted, profiles: names, ...(suggestion === undefined ? {} : { suggestion }) },
  });
}
