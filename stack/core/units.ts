/** Quantities with their unit in the type. All conversions of the project are here. */

declare const unit: unique symbol;

/** A whole number of bytes. */
export type Bytes = number & { readonly [unit]: "bytes" };

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

/** Rounds a number down to whole bytes. */
export function bytes(count: number): Bytes {
  return Math.floor(count) as Bytes;
}

export function mib(count: number): Bytes {
  return bytes(count * MIB);
}

export function gib(count: number): Bytes {
  return bytes(count * GIB);
}

export function inMib(size: Bytes): number {
  return size / MIB;
}

export function inGib(size: Bytes): number {
  return size / GIB;
}

/** Returns the largest multiple of `step` that is not above `size`. */
export function roundDown(size: Bytes, step: Bytes): Bytes {
  return bytes(Math.floor(size / step) * step);
}

export function sum(sizes: Iterable<Bytes>): Bytes {
  let total = 0;
  for (const size of sizes) total += size;
  return bytes(total);
}

const SUFFIXES: Readonly<Record<string, number>> = {
  b: 1,
  k: KIB,
  kb: KIB,
  kib: KIB,
  m: MIB,
  mb: MIB,
  mib: MIB,
  g: GIB,
  gb: GIB,
  gib: GIB,
  t: TIB,
  tb: TIB,
  tib: TIB,
};

/**
 * Reads "512 MiB", "512MB", "8g", "1 TiB" or "1024". As in PostgreSQL, Docker and Redis ("mb"), every multiple is binary.
 * Returns undefined for anything else.
 */
export function parseBytes(text: string): Bytes | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  if (!match) return undefined;
  const factor = match[2] ? SUFFIXES[match[2].toLowerCase()] : 1;
  return factor === undefined ? undefined : bytes(Number(match[1]) * factor);
}

/** Returns "512 MiB", "1.5 GiB": for people, with at most one decimal. */
export function formatBytes(size: Bytes): string {
  if (size >= GIB) return `${trim(size / GIB)} GiB`;
  if (size >= MIB) return `${trim(size / MIB)} MiB`;
  if (size >= KIB) return `${trim(size / KIB)} KiB`;
  return `${size} B`;
}

/** Returns two sizes for people, in MiB if they would read the same, in which a difference of 1 MiB shows. */
export function formatApart(first: Bytes, second: Bytes): readonly [first: string, second: string] {
  const both = [formatBytes(first), formatBytes(second)] as const;
  if (first === second || both[0] !== both[1]) return both;
  return [`${Math.round(inMib(first))} MiB`, `${Math.round(inMib(second))} MiB`];
}

/** Returns the size in the largest unit in which it is a whole number: "64 MiB", "1000 B". Loses nothing. */
export function spellBytes(size: Bytes): string {
  const [unit, factor] = WHOLE_UNITS.find(([, factor]) => size !== 0 && size % factor === 0) ?? ["B", 1];
  return `${size / factor} ${unit}`;
}

const WHOLE_UNITS = [
  ["GiB", GIB],
  ["MiB", MIB],
  ["KiB", KIB],
] as const;

/** Returns "950 µs", "12.3 ms", "4.2 s", "3 min 20 s", "30 min", "24 h": for people. */
export function formatDurationMs(durationMs: number): string {
  if (durationMs < 1) return `${Math.round(durationMs * 1000)} µs`;
  if (durationMs < 1000) return `${trim(durationMs)} ms`;
  if (durationMs < 120_000) return `${trim(durationMs / 1000)} s`;
  const seconds = Math.round(durationMs / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return twoUnits([minutes, "min"], [seconds % 60, "s"]);
  return twoUnits([Math.floor(minutes / 60), "h"], [minutes % 60, "min"]);
}

/** Leaves out a second part of 0: what is left is a time that a profile can give. */
function twoUnits([large, unit]: readonly [number, string], [small, smallUnit]: readonly [number, string]): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

function trim(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}

/** Reads "30 s", "500 ms" or "2 min", in milliseconds. Returns undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|min)\s*$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * (match[2] === "ms" ? 1 : match[2] === "s" ? 1000 : 60_000);
}

/** Reads "10%" as the fraction 0.1. Returns undefined for anything else. */
export function parsePercent(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text);
  return match ? Number(match[1]) / 100 : undefined;
}

/** Returns a distance on the log scale as a change: "+3 %", "−12 %". */
export function percentChange(logRatio: number): string {
  const percent = Math.round(Math.expm1(logRatio) * 100);
  if (percent === 0) return "0 %";
  return `${percent > 0 ? "+" : "\u2212"}${Math.abs(percent)} %`;
}

/** Returns a share from 0 to 1 as "12 %". */
export function percentOf(part: number): string {
  return `${Math.round(part * 100)} %`;
}
