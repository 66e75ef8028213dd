/**
 * The fingerprint: the conditions that figures depend on. Recorded with every run, and compared before any figures are.
 */
import type { Difference } from "../core/results/comparison.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { MachineFacts, SettingValue } from "../core/machine/facts.ts";
import { inMib } from "../core/units.ts";
import { METHOD, type Fingerprint, type ScenarioResult } from "../core/results/measurement.ts";

/** Facts about the machine and the stack, gathered by the command. */
export interface StackFacts {
  readonly machine: MachineFacts;
  /** Cpu model of the computer that Plumbline runs on. */
  readonly cpuModel: string;
  readonly runtime: string;
  readonly toolVersion: string;
  /** By service: "none", or "x86_64 on aarch64". Absent if no container could be asked. */
  readonly emulation?: Readonly<Record<string, string>>;
  /** The obtained image of each service. */
  readonly images: Readonly<Record<string, FingerprintedImage>>;
  /** Effective settings by service, as read back from the servers. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, SettingValue>>>>;
}

export interface FingerprintedImage {
  readonly source: string;
  readonly version: string;
  readonly standIn?: string;
}

/** Hexadecimal digits of a hash. 8 are easy to read; a collision has a chance of 50 % among 65,000 machines. */
const HASH_LENGTH = 8;
/** The same machine reports a little more or less memory after a kernel update. */
const MEMORY_TOLERANCE = 0.05;

/** Builds a fingerprint. `durability` holds the results of `Bench.fingerprint()` by service. */
export function fingerprintOf(
  facts: StackFacts,
  durability: Readonly<Record<string, Record<string, string>>>,
  method = METHOD,
): Fingerprint {
  const { machine } = facts;
  return {
    cpuModel: facts.cpuModel,
    cpus: machine.cpus,
    memoryMib: Math.round(inMib(machine.memory)),
    architecture: machine.architecture,
    runtime: facts.runtime,
    storageDriver: machine.storageDriver,
    ...(machine.vmType !== undefined && { vmType: machine.vmType }),
    ...(machine.mountType !== undefined && { mountType: machine.mountType }),
    ...(facts.emulation && { emulation: { ...facts.emulation } }),
    engineVersion: machine.engineVersion,
    kernel: machine.kernel,
    vantage: "host",
    method,
    toolVersion: facts.toolVersion,
    settings: mapValues(facts.settings, hashOf),
    images: mapValues(facts.images, imageText),
    durability: { ...durability },
  };
}

/** Returns "debian 2.7.2 (OpenBao)": figures of a stand-in are never compared with those of the original. */
function imageText({ source, version, standIn }: FingerprintedImage): string {
  return `${source} ${version}${standIn === undefined ? "" : ` (${standIn})`}`;
}

/**
 * Returns a machine's name for file names: "x64-4cpu-8gib-1a2b3c4d". It holds only what stays when the stack is
 * upgraded, so that a new image version gives `not comparable` with its reason, not "no baseline".
 */
export function slugOf(fingerprint: Fingerprint): string {
  const { architecture, cpus, memoryMib, cpuModel, runtime, storageDriver, vantage } = fingerprint;
  const gib = Math.round(memoryMib / 1024);
  const hash = hashOf({ architecture, cpus, gib, cpuModel, runtime, storageDriver, vantage });
  return `${architecture}-${cpus}cpu-${gib}gib-${hash}`.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-");
}

/**
 * Returns a hash of all conditions that break comparison, so that runs with the same hash form one series. These are
 * the breaking ones of `differences` and `workloadDifferences`; memory counts in whole GiB, as in `slugOf`.
 */
export function conditionsOf(
  fingerprint: Fingerprint,
  scenarios: readonly Pick<ScenarioResult, "name" | "clients" | "parameters">[],
): string {
  const { images, durability, method } = fingerprint;
  const workload = scenarios.map(({ name, clients, parameters }): [string, string] => {
    return [name, hashOf({ clients, ...parameters })];
  });
  return hashOf({
    machine: slugOf(fingerprint),
    method,
    images: hashOf(images),
    durability: hashOf(flat(durability)),
    workload: hashOf(Object.fromEntries(workload)),
  });
}

/**
 * Returns the fields that differ, each with whether it breaks comparison. Services that only one side has are ignored.
 */
export function differences(now: Fingerprint, baseline: Fingerprint): readonly Difference[] {
  return [
    ...machineDifferences(now, baseline),
    ...byService("images", now.images, baseline.images, true),
    ...byService("emulation", now.emulation ?? {}, baseline.emulation ?? {}, true),
    ...byService("durability", flat(now.durability), flat(baseline.durability), true),
    ...byService("settings", now.settings, baseline.settings, false),
  ];
}

/** Returns differences in what one scenario does. Any of them breaks comparison. */
export function workloadDifferences(now: Pick<ScenarioResult, "name"> & Work, baseline: Work): readonly Difference[] {
  const left = workOf(now);
  const right = workOf(baseline);
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

type Work = Pick<ScenarioResult, "clients" | "ratePerS" | "threads" | "parameters">;

function workOf({ clients, ratePerS, threads, parameters }: Work): Readonly<Record<string, SettingValue>> {
  const rate = ratePerS === undefined ? {} : { ratePerS };
  return { clients, ...rate, ...(threads === undefined ? {} : { threads }), ...parameters };
}

function machineDifferences(now: Fingerprint, baseline: Fingerprint): readonly Difference[] {
  const breaking = ["architecture", "vantage", "method"] as const;
  const hardware = ["cpuModel", "cpus", "runtime", "storageDriver", "vmType", "mountType"] as const;
  const telling = ["engineVersion", "kernel", "toolVersion"] as const;
  const found: Difference[] = [
    ...breaking.map((field) => ({ field, breaks: true })),
    ...hardware.map((field) => ({ field, breaks: true, hardware: true as const })),
    ...telling.map((field) => ({ field, breaks: false })),
  ]
    .filter(({ field }) => (now[field] ?? baseline[field]) !== (baseline[field] ?? now[field]))
    .map((kind) => ({ ...kind, now: String(now[kind.field]), baseline: String(baseline[kind.field]) }));
  const memory = Math.abs(now.memoryMib - baseline.memoryMib) / baseline.memoryMib;
  if (memory > MEMORY_TOLERANCE) {
    const [here, there] = [`${now.memoryMib} MiB`, `${baseline.memoryMib} MiB`];
    found.push({ field: "memory", now: here, baseline: there, breaks: true, hardware: true });
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
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, HASH_LENGTH);
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
