import { Fatal, atLeast, type World } from "./world.ts";

type Kind = "text" | "integer" | "number" | "boolean" | "list";

export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly alias?: string;
  readonly kind: Kind;
  readonly since?: string;
  /** On Linux these are not refused with a reason: they are unknown flags. */
  readonly macOsOnly?: true;
}

/** The flags that were given, by their canonical name. */
export interface Flags {
  readonly positional: readonly string[];
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  boolean(name: string): boolean | undefined;
  list(name: string): readonly string[] | undefined;
}

const everywhere: readonly Flag[] = [
  { name: "profile", short: "p", kind: "text" },
  { name: "verbose", kind: "boolean" },
  { name: "very-verbose", kind: "boolean" },
];

/** Reads arguments as cobra does: flags and arguments mixed, `--` ends flags. Throws Fatal with cobra's texts. */
export function parseFlags(world: World, own: readonly Flag[], argv: readonly string[]): Flags {
  const known = [...everywhere, ...own].filter((flag) => isKnown(world, flag));
  const values = new Map<string, string[]>();
  const positional: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      positional.push(...rest);
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      positional.push(word);
      continue;
    }
    const { flag, attached } = word.startsWith("--") ? longFlag(known, word) : shortFlag(known, word);
    const value = attached ?? (flag.kind === "boolean" ? "true" : rest.shift());
    if (value === undefined) throw new Fatal(`flag needs an argument: ${word}`);
    check(flag, value);
    const before = flag.kind === "list" ? (values.get(flag.name) ?? []) : [];
    values.set(flag.name, [...before, ...(flag.kind === "list" ? value.split(",") : [value])]);
  }
  return accessors(values, positional);
}

function isKnown(world: World, flag: Flag): boolean {
  const onThisPlatform = flag.macOsOnly === undefined || world.knobs.platform === "darwin";
  return onThisPlatform && (flag.since === undefined || atLeast(world, flag.since));
}

interface Found {
  readonly flag: Flag;
  readonly attached: string | undefined;
}

function longFlag(known: readonly Flag[], word: string): Found {
  const equals = word.indexOf("=");
  const name = equals === -1 ? word.slice(2) : word.slice(2, equals);
  const flag = known.find((candidate) => candidate.name === name || candidate.alias === name);
  if (flag === undefined) throw new Fatal(`unknown flag: --${name}`);
  return { flag, attached: equals === -1 ? undefined : word.slice(equals + 1) };
}

function shortFlag(known: readonly Flag[], word: string): Found {
  const letter = word.slice(1, 2);
  const flag = known.find((candidate) => candidate.short === letter);
  if (flag === undefined) throw new Fatal(`unknown shorthand flag: '${letter}' in ${word}`);
  const attached = word.slice(2).replace(/^=/, "");
  return { flag, attached: attached === "" ? undefined : attached };
}

function check(flag: Flag, value: string): void {
  const parser = brokenParser(flag.kind, value);
  if (parser === undefined) return;
  const label = flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`;
  throw new Fatal(
    `invalid argument "${value}" for "${label}" flag: strconv.${parser}: parsing "${value}": invalid syntax`,
  );
}

/** The Go parser that would refuse this value, named in its error. */
function brokenParser(kind: Kind, value: string): string | undefined {
  switch (kind) {
    case "text":
    case "list":
      return undefined;
    case "integer":
      return /^[-+]?\d+$/.test(value) ? undefined : "ParseInt";
    case "number":
      return /^[-+]?\d+(\.\d+)?$/.test(value) ? undefined : "ParseFloat";
    case "boolean":
      return /^(1|0|t|f|true|false)$/i.test(value) ? undefined : "ParseBool";
  }
}

function accessors(values: ReadonlyMap<string, readonly string[]>, positional: readonly string[]): Flags {
  const text = (name: string) => values.get(name)?.at(-1);
  return {
    positional,
    text,
    number: (name) => (values.has(name) ? Number(text(name)) : undefined),
    boolean: (name) => (values.has(name) ? isTrue(text(name) ?? "") : undefined),
    list: (name) => values.get(name),
  };
}

/** Go's `strconv.ParseBool`, used for flags and for COLIMA_SAVE_CONFIG. */
export function isTrue(value: string): boolean {
  return /^(1|t|true)$/i.test(value);
}
