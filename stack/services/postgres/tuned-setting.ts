/** How PostgreSQL's settings are written down, by the kind of their value. Pure. */
import type { Because, Setting, SettingUnit, Takes } from "../../core/service/setting.ts";
import { bytes, formatBytes, KIB, MIB, mib, type Bytes } from "../../core/units.ts";

export const PGTUNE = "pgtune, src/features/configuration/configurationSlice.js, July 2026";
export const MANUAL = "PostgreSQL 18 manual";

/** PostgreSQL's block size: buffers are counted in blocks. */
export const PAGE = 8 * KIB;

export function because(formula: string, inputs: Readonly<Record<string, string>>, source: string): Because {
  return { formula, inputs, source };
}

/** `step` is the unit in which the server stores the value, and which a number without a unit has in its files. */
export function size(name: string, value: Bytes, takes: Takes, step: number, because: Because): Setting {
  const reason = `the server keeps ${name} in units of ${formatBytes(bytes(step))}`;
  const tolerance = { kind: "granularity", step, reason } as const;
  return { ...setting(name, value, "bytes", takes, because), tolerance, bareUnit: step };
}

export function count(name: string, value: number, takes: Takes, because: Because): Setting {
  return setting(name, value, "count", takes, because);
}

export function duration(name: string, valueMs: number, because: Because): Setting {
  return setting(name, valueMs, "ms", "live", because);
}

export function ratio(name: string, value: number, takes: Takes, because: Because): Setting {
  return setting(name, value, "ratio", takes, because);
}

export function text(name: string, value: string, takes: Takes, because: Because): Setting {
  return setting(name, value, "text", takes, because);
}

function setting(name: string, value: string | number, unit: SettingUnit, takes: Takes, because: Because): Setting {
  return { name, value, unit, takes, because, variable: `POSTGRES_${name.toUpperCase()}` };
}

export function floorMib(size: number): Bytes {
  return mib(Math.floor(size / MIB));
}
