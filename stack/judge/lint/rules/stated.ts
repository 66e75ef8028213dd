/** Numbers as printed, with the uncertainty of their last digit: "~2.8 GB", "<5%", "1-2%", "1,200". */
import type { Interval } from "./interval.ts";

export interface Stated extends Interval {
  readonly text: string;
  /** "ms", "%", "MB"; "" for plain numbers, rates and factors. */
  readonly unit: string;
  /** Half a unit of the last printed digit, in `unit`. */
  readonly halfDigit: number;
}

/** "About" allows a fifth more or less: "~3x" is 2.4 to 3.6. */
const ABOUT = 0.2;

const NUMBER = String.raw`[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[+-]?\.\d+`;
const STATED = new RegExp(String.raw`^\s*([~≈<>]?)\s*(${NUMBER})\s*(?:[-–]\s*(${NUMBER}))?\s*(%|[a-zA-Zµ]*)`);

const BYTES = ["B", "KB", "MB", "GB", "TB"];
const MILLISECONDS: Readonly<Record<string, number>> = {
  us: 0.001,
  µs: 0.001,
  ms: 1,
  s: 1000,
  sec: 1000,
  seconds: 1000,
};

/** Returns undefined for text that is no number: "N/A". */
export function parseStated(text: string): Stated | undefined {
  const match = STATED.exec(text);
  if (match === null) return undefined;
  const [, mark = "", first = "", second = first, word = ""] = match;
  const from = Number(first.replaceAll(",", ""));
  const to = Number(second.replaceAll(",", ""));
  const halfDigit = 0.5 * 10 ** -Math.max(decimalsOf(first), decimalsOf(second));
  return { ...limits(mark, from, to, halfDigit), text: text.trim(), unit: unitOf(word), halfDigit };
}

/** Returns a number that the document holds as a number, in a unit. */
export function statedNumber(value: number, unit = ""): Stated {
  const plain = String(value);
  const halfDigit = 0.5 * 10 ** -decimalsOf(plain);
  const text = unit === "" ? show(value) : `${show(value)} ${unit}`;
  return { low: value - halfDigit, high: value + halfDigit, text, unit, halfDigit };
}

/** Converts a figure to another unit; undefined if that is impossible. Accepts both 1000 and 1024 MB for 1 GB. */
export function inUnit(stated: Stated, unit: string): Stated | undefined {
  if (stated.unit === unit) return stated;
  const factor = factorBetween(stated.unit, unit);
  if (factor === undefined) return undefined;
  const { low, high, halfDigit } = stated;
  return { ...stated, unit, low: low * factor.low, high: high * factor.high, halfDigit: halfDigit * factor.high };
}

/** Formats four digits, with thousands separators: "18,180", "0.0280". */
export function show(value: number): string {
  if (Math.abs(value) >= 1000) return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
  return String(Number(value.toPrecision(4)));
}

export function showInterval({ low, high }: Interval): string {
  return show(low) === show(high) ? show(low) : `${show(low)} to ${show(high)}`;
}

function limits(mark: string, from: number, to: number, halfDigit: number): Interval {
  if (mark === "<") return { low: 0, high: to };
  if (mark === ">") return { low: from, high: Infinity };
  const about = mark === "" ? 0 : ABOUT;
  return { low: from - halfDigit - about * Math.abs(from), high: to + halfDigit + about * Math.abs(to) };
}

function decimalsOf(digits: string): number {
  return digits.split(".")[1]?.length ?? 0;
}

function unitOf(word: string): string {
  if (word === "%" || word in MILLISECONDS || BYTES.includes(word.toUpperCase())) {
    return BYTES.includes(word.toUpperCase()) ? word.toUpperCase() : word;
  }
  return "";
}

function factorBetween(from: string, to: string): Interval | undefined {
  const [here, there] = [MILLISECONDS[from], MILLISECONDS[to]];
  if (here !== undefined && there !== undefined) return { low: here / there, high: here / there };
  const steps = BYTES.indexOf(from) - BYTES.indexOf(to);
  if (!BYTES.includes(from) || !BYTES.includes(to)) return undefined;
  const ends = [1000 ** steps, 1024 ** steps];
  return { low: Math.min(...ends), high: Math.max(...ends) };
}
