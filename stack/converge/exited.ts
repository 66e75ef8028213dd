/** Finds out why a container exited. */
import { PlumblineError } from "../core/errors.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import { cutLine } from "../core/printable.ts";
import type { Persisted } from "../core/service/setting-rules.ts";
import type { KnownFailure } from "../core/service/service.ts";
import type { Setting } from "../core/service/setting.ts";

/**
 * Returns SERVICE_EXITED with the last lines, or the code of the known failure that they show. If the lines name a
 * setting that the profile gives, the error names it too, with its place in the profile. Lines are cut first: a
 * pattern may start over at each character, which takes seconds on lines of 64 KiB and more, such as servers write when
 * they print a whole term.
 */
export function exitError(
  container: ObservedContainer,
  log: readonly string[],
  failures: readonly KnownFailure[],
  settings: readonly Setting[] = [],
): PlumblineError {
  const { instance, exitCode, outOfMemory } = container;
  const lines = log.map(cutLine);
  const details = { instance, exitCode, outOfMemory, lastLines: lines };
  const why = lines.length > 0 ? lines.join("\n") : "it wrote no log line";
  const known = lastKnown(lines, failures);
  // A known refusal may print the setting on a line of its own; otherwise only what looks like a mistake counts.
  const isOther = known !== undefined && known.code !== "SERVICE_EXITED";
  const refused = isOther
    ? refusedAtFirst(known, { lines, failures, settings })
    : refusedSettings(known ? lines : lines.filter((line) => MISTAKE.test(line)), settings);
  if (refused.length > 0 && !outOfMemory) {
    const named = refused.map(({ name, value }) => `${name} = ${value}`).join(", ");
    return new PlumblineError("SERVICE_EXITED", {
      what: `${instance} does not start with ${named} from the profile`,
      why,
      fix: givenFix(container.service, refused),
      details: { ...details, settings: refused.map(({ name }) => name) },
    });
  }
  if (known)
    return new PlumblineError(known.code, { what: `${instance}: ${known.what}`, why, fix: known.fix, details });
  if (outOfMemory) {
    return new PlumblineError("SERVICE_EXITED", {
      what: `${instance} was ended by the kernel: its memory limit was reached`,
      why,
      fix: "Give the machine more memory, drop a service in the profile, or lower what this one is asked to do",
      details,
    });
  }
  return new PlumblineError("SERVICE_EXITED", {
    what: `${instance} exited with code ${exitCode ?? "unknown"} while it was waited for`,
    why,
    fix: `The lines above are its last words; all of them: npm run logs -- ${instance}`,
    details,
  });
}

/** Returns what to do about settings of the profile that a server refuses, with the place of each. */
export function givenFix(service: string, settings: readonly Setting[]): string {
  return `Correct or remove what the profile gives at ${settings.map((each) => placeOf(service, each)).join("; ")}`;
}

function placeOf(service: string, { name, given }: Setting): string {
  return `${given}: services.${service}.settings.${name}`;
}

interface Words {
  readonly lines: readonly string[];
  readonly failures: readonly KnownFailure[];
  readonly settings: readonly Setting[];
}

/**
 * Returns the settings that kept a server from making its data folder, which it then calls incomplete: those in lines
 * that are known as a refusal.
 */
function refusedAtFirst({ code }: KnownFailure, { lines, failures, settings }: Words): readonly Setting[] {
  if (code !== "VOLUME_INCOMPLETE") return [];
  const refusals = failures.filter((failure) => failure.code === "SERVICE_EXITED");
  const telling = lines.filter((line) => refusals.some(({ pattern }) => pattern.test(line)));
  return refusedSettings(telling, settings);
}

const MISTAKE = /error|fatal|invalid|illegal|unknown|unrecognized|could not|cannot|can't|refus|fail|wrong|must be/i;

/** Uses the last line with a known meaning: an earlier one may belong to an attempt that recovered. */
function lastKnown(lines: readonly string[], failures: readonly KnownFailure[]): KnownFailure | undefined {
  for (const line of lines.toReversed()) {
    const known = failures.find(({ pattern }) => pattern.test(line));
    if (known) return known;
  }
  return undefined;
}

/**
 * Returns the settings of the profile that the lines name, by the last line that names any. A library that is not there
 * is named without its setting, so a text value counts too if no line has a name.
 */
export function refusedSettings(lines: readonly string[], settings: readonly Setting[]): readonly Setting[] {
  const given = settings.filter((setting) => setting.given !== undefined);
  const naming = (words: (setting: Setting) => readonly string[]) =>
    lines
      .toReversed()
      .map((line) => given.filter((setting) => words(setting).some((word) => hasWord(line, word))))
      .find((found) => found.length > 0);
  return naming(({ name }) => [name]) ?? naming(({ value }) => wordsOf(value)) ?? [];
}

/** Shorter words, and those of switches, stand in lines by chance. */
const SHORTEST_WORD = 5;

function wordsOf(value: Setting["value"]): readonly string[] {
  return typeof value === "string" ? value.split(/[\s,]+/).filter((word) => word.length >= SHORTEST_WORD) : [];
}

/**
 * Returns the names of persisted settings that the last lines of a server name, or whose value they name: a library that
 * is not there is named without its setting.
 */
export function blamedIn(lines: readonly string[], { values }: Persisted): ReadonlySet<string> {
  const mistakes = lines.map(cutLine).filter((line) => MISTAKE.test(line));
  const named = [...values].filter(([name, value]) =>
    mistakes.some((line) => [name, ...wordsOf(value)].some((word) => hasWord(line, word))),
  );
  return new Set(named.map(([name]) => name));
}

/** Names differ between server and profile in letter case and between "-" and "_". */
function hasWord(line: string, word: string): boolean {
  const [text, wanted] = [plain(line), plain(word)];
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    if (!/[\w.]/.test(text[at - 1] ?? " ") && !/\w/.test(text[at + wanted.length] ?? " ")) return true;
  }
  return false;
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/(?<![\w-])-+(?=\w)/g, "") // "--max-connections" is an option
    .replaceAll("-", "_");
}
