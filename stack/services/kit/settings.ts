/** Reads a server's table of settings: `settings.json` in the service's folder, one line a setting. Pure. */
import type {
  Judgement,
  SettingForm,
  SettingRules,
  SettingSpec,
  SettingValues,
} from "../../core/service/setting-rules.ts";
import type { SettingUnit, Tolerance } from "../../core/service/setting.ts";
import { bytes, formatApart, formatBytes, type Bytes } from "../../core/units.ts";

export interface SettingTable {
  /** The release whose server listed them: "18", "9.7". Absent: the settings are those of every release. */
  readonly release?: string;
  /** The grammar of names; default: letters, digits, "_", "." and "-". */
  readonly grammar?: RegExp;
  /**
   * By name: what a change takes (live, restart, recreate, fixed), what a value is, and its range or choices:
   * "live bytes/1024 64 2147483647" is a size that the server counts in KiB, "restart choice off,on,try".
   */
  readonly lines: Readonly<Record<string, string>>;
  /** What on and off are called. */
  readonly onOff: readonly [on: string, off: string];
  /** Settings that Plumbline gives itself, by name or by its beginning with "*": the reason. */
  readonly owned: Readonly<Record<string, string>>;
  /** Returns a name without what the server ignores in it, such as its letter case. */
  readonly plain?: (name: string) => string;
  /** Returns what the server may read in a name that has prefixes: "loose_port" may be "port". */
  readonly readings?: (name: string) => readonly string[];
  /** True if the server takes the beginning of a name for the whole. */
  readonly abbreviates?: true;
  /** Where the server writes a value in another form than it was given. */
  readonly tolerances?: Readonly<Record<string, Tolerance>>;
  /** The grammar of a text. */
  readonly forms?: Readonly<Record<string, SettingForm>>;
  /** Rounding of sizes. */
  readonly sizeStep?: number;
  /** Names of times that may have a fraction of their unit. */
  readonly fractions?: RegExp;
  /** Settings that are not in the table, such as those of extensions. */
  readonly others?: (name: string) => SettingSpec | undefined;
  readonly judge?: SettingRules["judge"];
}

/** A server may report a text in another letter case than it was given. */
export const SPELLING: Tolerance = { kind: "spelling", reason: "the server writes it in its own way" };

/** Returns the rules of a table. */
export function rulesOf(table: SettingTable): SettingRules {
  const { lines, owned, plain = (name) => name, readings = (name) => [name], judge } = table;
  const names = Object.keys(lines);
  const known = new Map(names.map((name) => [plain(name), name]));
  return {
    names: names.filter((name) => ownedBecause(name, owned) === undefined),
    nameOf: (given) => known.get(plain(given)) ?? plain(given),
    ownedBecause: (name) =>
      [name, ...readings(name)].map((each) => ownedBecause(each, owned)).find((reason) => reason !== undefined),
    specOf: (name) => {
      const line = Object.hasOwn(lines, name) ? lines[name] : undefined;
      return line === undefined ? table.others?.(name) : specOf(name, line, table);
    },
    ...(judge ? { judge } : {}),
    ...(table.release === undefined ? {} : { release: table.release, specInOther: inOther(table) }),
  };
}

const NAME = /^[A-Za-z_][\w.-]*$/;

/** What another release does with a setting is not known, so it goes with a new container, as a text. */
function inOther(table: SettingTable): NonNullable<SettingRules["specInOther"]> {
  const { grammar = NAME } = table;
  return (name) => (grammar.test(name) && !isAbbreviated(name, table) ? unreportedText(name) : undefined);
}

/** Returns whether the server would take the name for one of those that are known, or that Plumbline gives itself. */
export function isAbbreviated(
  name: string,
  { abbreviates, readings, lines, owned }: Pick<SettingTable, "abbreviates" | "readings" | "lines" | "owned">,
): boolean {
  if (!abbreviates) return false;
  const known = [...Object.keys(lines), ...Object.keys(owned)];
  return [name, ...(readings?.(name) ?? [])].some((reading) => known.some((whole) => whole.startsWith(reading)));
}

function ownedBecause(name: string, owned: SettingTable["owned"]): string | undefined {
  if (Object.hasOwn(owned, name)) return owned[name];
  const beginning = Object.keys(owned).find((key) => key.endsWith("*") && name.startsWith(key.slice(0, -1)));
  return beginning === undefined ? undefined : owned[beginning];
}

function specOf(name: string, line: string, table: SettingTable): SettingSpec {
  const [takes = "", kind = "", ...rest] = line.split(" ");
  const own = table.tolerances?.[name];
  const base = { name, takes: takesOf(takes), ...(own ? { tolerance: own } : {}) };
  const [word = "", factor = "1"] = kind.split("/");
  switch (word) {
    case "switch":
      return { tolerance: SPELLING, ...base, kind: "switch", unit: "text", choices: table.onOff };
    case "choice":
      return { tolerance: SPELLING, ...base, kind: "choice", unit: "text", choices: choicesIn(rest) };
    case "text": {
      const form = table.forms?.[name];
      return { tolerance: SPELLING, ...base, ...(form ? { form } : {}), kind: "text", unit: "text" };
    }
    case "percent":
      return { ...base, ...rounding(1), kind: "number", unit: "bytes", whole: true, least: 0, words: /^\d{1,2}%$/ };
    default: {
      const step = Number(factor);
      const unit = UNITS[word];
      if (unit === undefined) throw new Error(`${name}: "${line}" is no line of a table of settings`);
      const size = unit === "bytes" ? rounding(Math.max(step, table.sizeStep ?? 1)) : {};
      const words = rest.includes("infinity") ? { words: /^infinity$/i } : {};
      const whole = word === "integer" || word === "bytes";
      const isTime = unit === "ms" || unit === "s";
      const grain = isTime && !table.fractions?.test(name) ? { grain: step } : {};
      return {
        ...size,
        ...grain,
        ...base,
        ...words,
        ...rangeOf(rest, step),
        kind: "number",
        unit,
        whole,
        bareUnit: step,
      };
    }
  }
}

/** A choice may have spaces; after the choices of RabbitMQ stands the key of the application's environment. */
function choicesIn(words: readonly string[]): readonly string[] {
  const own = words.filter((word, index) => index === 0 || !/^[a-z_]+\.\w+$/.test(word));
  return own.join(" ").split(",");
}

const UNITS: Readonly<Record<string, SettingUnit>> = {
  bytes: "bytes",
  ms: "ms",
  s: "s",
  integer: "count",
  number: "ratio",
};

function takesOf(word: string): SettingSpec["takes"] {
  if (word === "live" || word === "restart" || word === "recreate" || word === "fixed") return word;
  throw new Error(`"${word}" is nothing that a change of a setting takes`);
}

/** A setting that the server takes and does not report, such as an option that is no variable. */
export function unreportedText(name: string): SettingSpec {
  return { name, takes: "recreate", unit: "text", kind: "text", unreported: true };
}

/** Returns a number of the settings; 0 if it is none. */
export function numberIn(settings: SettingValues, name: string, fallback = 0): number {
  const value = settings.get(name);
  return typeof value === "number" ? value : fallback;
}

/** Returns how a sum of memory is judged in a container of `limit`, of which the server may take `safe`. */
export function memoryJudgement(limit: Bytes, safe: Bytes) {
  return (
    settings: readonly string[],
    severity: Judgement["severity"],
    sum: number,
    expected: string,
  ): readonly Judgement[] => {
    const [taken, whole] = formatApart(bytes(sum), limit);
    const found = `${taken} in a container of ${whole}, of which ${formatBytes(safe)} are for the server`;
    return [{ settings, severity, found, expected }];
  };
}

/** Refused is what the container cannot hold; warned of is what leaves it less than is kept free for bursts. */
export function severityOf(worst: number, share: { readonly memory: number }): Judgement["severity"] {
  return worst > share.memory ? "refused" : "warned";
}

/** The ends of a range count in the server's own unit; below 0 they are values with a meaning of their own. */
function rangeOf([least = "", most = ""]: readonly string[], step: number): Pick<SettingSpec, "least" | "most"> {
  const scaled = (end: string) => (Number(end) < 0 && step > 1 ? Number(end) : Number(end) * step);
  return {
    ...(isNumber(least) ? { least: scaled(least) } : {}),
    ...(isNumber(most) ? { most: scaled(most) } : {}),
  };
}

function rounding(step: number): { readonly tolerance?: Tolerance } {
  return step === 1
    ? {}
    : { tolerance: { kind: "granularity", step, reason: `the server counts in steps of ${step} B` } };
}

function isNumber(end: string): boolean {
  return end !== "" && Number.isFinite(Number(end));
}
