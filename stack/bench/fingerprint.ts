/** What a figure depends on: recorded with every run, compared before any figures are. */
import { createHash } from "node:crypto";
import { cpus } from "node:os";
import type { MachineFacts, SettingValue } from "../core/facts.ts";
import { inMib } from "../core/units.ts";
import { METHOD, type Fingerprint, type ScenarioResult } from "./document.ts";

/** What the command layer knows of the machine and the stack. */
export interface StackFacts {
  readonly machine: MachineFacts;
  readonly runtime: string;
  readonly toolVersion: string;
  /** Images by service, as they were obtained. */
  readonly images: Readonly<Record<string, { readonly source: string; readonly version: string }>>;
  /** Effective settings by service, as they were read back. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, SettingValue>>>>;
}

export interface Difference {
  /** "images.postgres", "cpus". */
  readonly field: string;
  readonly now: string;
  readonly baseline: string;
  /** True where figures are not comparable; otherwise it is only worth knowing. */
  readonly breaks: boolean;
  /** The service it concerns; absent where it concerns all. */
  readonly service?: string;
}

/** Hexadecimal digits of a hash: 8 tell 65,000 machines apart with a chance of 50 %, and are still read at a glance. */
const HASH_LENGTH = 8;
/** The same machine reports a little more or less memory after a kernel update. */
const MEMORY_TOLERANCE = 0.05;

/** Puts a fingerprint together; `durability` is what `Bench.fingerprint()` answered, by service. */
export function fingerprintOf(
  facts: StackFacts,
  durability: Readonly<Record<string, Record<string, string>>>,
): Fingerprint {
  const { machine } = facts;
  return {
    cpuModel: cpus()[0]?.model.trim() ?? "unknown",
    cpus: machine.cpus,
    memoryMib: Math.round(inMib(machine.memory)),
    architecture: machine.architecture,
    runtime: facts.runtime,
    storageDriver: machine.storageDriver,
    engineVersion: machine.engineVersion,
    kernel: machine.kernel,
    vantage: "host",
    method: METHOD,
    toolVersion: facts.toolVersion,
    settings: mapValues(facts.settings, hashOf),
    images: mapValues(facts.images, ({ source, version }) => `${source} ${version}`),
    durability: { ...durability },
  };
}

/**
 * Names a machine in a file name: "x64-4cpu-8gib-1a2b3c4d". Only what stays when the stack is upgraded is in it, so
 * that a new image version is answered with `not comparable` and its reason, not with "no baseline".
 */
export function slugOf(fingerprint: Fingerprint): string {
  const { architecture, cpus, memoryMib, cpuModel, runtime, storageDriver, vantage } = fingerprint;
  const gib = Math.round(memoryMib / 1024);
  const hash = hashOf({ architecture, cpus, gib, cpuModel, runtime, storageDriver, vantage });
  return `${architecture}-${cpus}cpu-${gib}gib-${hash}`.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-");
}

/** Which fields differ, and which of them make figures incomparable. Only services in both are compared. */
export function differences(now: Fingerprint, baseline: Fingerprint): readonly Difference[] {
  return [
    ...machineDifferences(now, baseline),
    ...byService("images", now.images, baseline.images, true),
    ...byService("durability", flat(now.durability), flat(baseline.durability), true),
    ...byService("settings", now.settings, baseline.settings, false),
  ];
}

/** Differences in what one scenario does: any of them makes it another scenario. */
export function workloadDifferences(
  now: Pick<ScenarioResult, "name" | "clients" | "parameters">,
  baseline: Pick<ScenarioResult, "clients" | "parameters">,
): readonly Difference[] {
  const left: Readonly<Record<string, SettingValue>> = { clients: now.clients, ...now.parameters };
  const right: Readonly<Record<string, SettingValue>> = { clients: baseline.clients, ...baseline.parameters };
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return names
    .filter((name) => left[name] !== right[name])
    .map((name) => ({
      field: `${now.name} ${name}`,
      now: String(left[name] ?? "none"),
      baseline: String(right[name] ?? "none"),
      breaks: true,
    }));
}

function machineDifferences(now: Fingerprint, baseline: Fingerprint): readonly Difference[] {
  const fields = [
    ["architecture", true],
    ["cpuModel", true],
    ["cpus", true],
    ["runtime", true],
    ["storageDriver", true],
    ["vantage", true],
    ["method", true],
    ["engineVersion", false],
    ["kernel", false],
    ["toolVersion", false],
  ] as const;
  const found: Difference[] = fields
    .filter(([field]) => now[field] !== baseline[field])
    .map(([field, breaks]) => ({ field, now: String(now[field]), baseline: String(baseline[field]), breaks }));
  const memory = Math.abs(now.memoryMib - baseline.memoryMib) / baseline.memoryMib;
  if (memory > MEMORY_TOLERANCE) {
    found.push({ field: "memory", now: `${now.memoryMib} MiB`, baseline: `${baseline.memoryMib} MiB`, breaks: true });
  }
  return found;
}

function byService(
  field: string,
  now: Readonly<Record<string, string>>,
  baseline: Readonly<Record<string, string>>,
  breaks: boolean,
): readonly Difference[] {
  return Object.entries(now).flatMap(([service, value]) => {
    const before = baseline[service];
    if (before === undefined || before === value) return [];
    return [{ field: `${field}.${service}`, now: value, baseline: before, breaks, service }];
  });
}

function flat(durability: Fingerprint["durability"]): Readonly<Record<string, string>> {
  return mapValues(durability, (values) =>
    Object.entries(values)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join(", "),
  );
}

function hashOf(values: Readonly<Record<string, SettingValue>>): string {
  const text = JSON.stringify(Object.entries(values).toSorted(([left], [right]) => (left < right ? -1 : 1)));
  return createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
