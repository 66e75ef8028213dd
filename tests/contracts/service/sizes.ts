/** What every service promises of its sizes, on machines of 1 to 64 cpus and 2 to 256 GiB under every kind of workload. */
import { describe, expect, test } from "vitest";
import type { ConfiguredService, NeedsInput, TuneInput } from "../../../stack/core/service/service.ts";
import { isEffective, type Setting } from "../../../stack/core/service/setting.ts";
import { bytes, formatBytes, gib, mib, type Bytes } from "../../../stack/core/units.ts";
import type { Workload, WorkloadKind } from "../../../stack/core/service/workload.ts";

/** The title of the sizes that a service has without any option. */
export const DEFAULTS = "its defaults";

/** A size that does not keep a promise, and why that is right. */
interface Exception {
  readonly service: string;
  readonly setting: string;
  readonly reason: string;
}

/** Sizes that shrink somewhere while memory grows. */
const NOT_MONOTONE: readonly Exception[] = [];

/** Sizes of files, which are no part of the memory. */
const ON_DISK: readonly Exception[] = [
  { service: "postgres", setting: "min_wal_size", reason: "files that are kept for reuse" },
  { service: "postgres", setting: "max_wal_size", reason: "files between two checkpoints" },
  { service: "postgres", setting: "max_slot_wal_keep_size", reason: "files that a replication slot keeps" },
  { service: "mysql", setting: "innodb_redo_log_capacity", reason: "files of the redo log" },
  { service: "rabbitmq", setting: "disk_free_limit.absolute", reason: "what stays free on the disk" },
];

const CPUS = [1, 2, 4, 8, 16, 64];
const GIBS = [2, 4, 8, 16, 32, 64, 128, 256];
const KINDS: readonly WorkloadKind[] = ["web", "oltp", "dw", "mixed"];
const CROWDS = [
  { clients: 1, connections: 1 },
  { clients: 100, connections: 15 },
  { clients: 1000, connections: 300 },
];

const MACHINES = CPUS.flatMap((cpus) => GIBS.map((size) => ({ cpus, memory: gib(size) })));
const WORKLOADS = KINDS.flatMap((kind) => CROWDS.map((crowd) => ({ kind, ...crowd })));
const INPUTS: readonly NeedsInput[] = MACHINES.flatMap((machine) =>
  WORKLOADS.map((workload) => ({ machine, workload })),
);

/** Shares beyond the floor, in steps small enough to meet every threshold of a formula with something on both sides. */
const STEPS = Array.from({ length: 40 }, (_, index) => 1.18 ** index);

/** Problems are collected and expected to be none once: a million calls of `expect` take longer than all formulas. */
export function sizeContract(service: ConfiguredService, title: string): void {
  describe(`its sizes with ${title}`, () => {
    test("are claimed within reason: a floor, an ideal that is no less, a weight and cpus", () => {
      const wrong = INPUTS.flatMap((input) => {
        const { floor, ideal, weight, cpus } = service.needs(input);
        const isSane = 0 < floor && floor <= ideal && ideal < Infinity && 0 < weight && weight < Infinity && 0 < cpus;
        return isSane ? [] : [`${said(input)}: ${JSON.stringify({ floor, ideal, weight, cpus })}`];
      });
      expect(wrong).toEqual([]);
    });

    test("are claimed no smaller on a machine with more memory", () => {
      const fallen = WORKLOADS.flatMap((workload) =>
        CPUS.filter((cpus) => {
          const claims = GIBS.map((size) => service.needs({ machine: { cpus, memory: gib(size) }, workload }));
          return falls(claims.map(({ floor }) => floor)) || falls(claims.map(({ ideal }) => ideal));
        }).map((cpus) => `${cpus} cpus, ${JSON.stringify(workload)}`),
      );
      expect(fallen).toEqual([]);
    });

    test("are numbers of their unit that read back as themselves, inside the share", () => {
      const files = exceptionsOf(ON_DISK, service);
      const wrong = INPUTS.flatMap((input) => {
        const { floor, ideal } = service.needs(input);
        return [floor, ideal].flatMap((share) =>
          tuned(service, input, share)
            .filter((setting) => !isSane(setting, files.includes(setting.name) ? Infinity : share))
            .map(({ name, value }) => `${said(input)}, a share of ${formatBytes(share)}: ${name} = ${value}`),
        );
      });
      expect(wrong).toEqual([]);
    });

    test("are of the same settings whatever the machine and the workload", () => {
      const shapes = INPUTS.map((input) => shapeOf(tuned(service, input, service.needs(input).ideal)));
      expect(new Set(shapes).size).toBe(1);
    });

    test("do not shrink when the share grows, but for those that are named with a reason", () => {
      const fallen = new Set(WORKLOADS.flatMap((workload) => fallenOf(service, workload)));
      const excepted = exceptionsOf(NOT_MONOTONE, service);
      expect([...fallen].filter((name) => !excepted.includes(name))).toEqual([]);
      // An exception that nothing needs any more hides the next defect.
      if (title === DEFAULTS) expect([...fallen].toSorted()).toEqual(excepted.toSorted());
    });
  });
}

/** Sizes that are smaller somewhere although the share is larger. */
function fallenOf(service: ConfiguredService, workload: Workload): readonly string[] {
  const input = { machine: { cpus: 4, memory: gib(256) }, workload };
  const { floor } = service.needs(input);
  const rows = STEPS.map((step) => tuned(service, input, bytes(Math.ceil((floor * step) / mib(1)) * mib(1))));
  const sizes = (rows[0] ?? []).filter(({ unit }) => unit === "bytes").map(({ name }) => name);
  return sizes.filter((name) => falls(rows.map((row) => Number(row.find((setting) => setting.name === name)?.value))));
}

/** The names of the settings that a list names for this service. */
function exceptionsOf(exceptions: readonly Exception[], { name }: ConfiguredService): readonly string[] {
  return exceptions.filter(({ service }) => service === name).map(({ setting }) => setting);
}

function isSane(setting: Setting, most: number): boolean {
  const { value, unit } = setting;
  if (!isEffective(setting, { value })) return false;
  if (typeof value !== "number") return true;
  if (!Number.isFinite(value) || value < 0) return false;
  if (unit !== "bytes") return unit !== "count" || Number.isInteger(value);
  return Number.isInteger(value) && value <= most;
}

function tuned(service: ConfiguredService, { machine, workload }: NeedsInput, memory: Bytes): readonly Setting[] {
  const cpus = Math.min(machine.cpus, service.needs({ machine, workload }).cpus);
  const input: TuneInput = { share: { memory, cpus }, machine, workload };
  return service.tune(input);
}

function shapeOf(settings: readonly Setting[]): string {
  return settings.map(({ name, unit, takes, variable = "" }) => [name, unit, takes, variable].join(" ")).join("\n");
}

function falls(values: readonly number[]): boolean {
  return values.some((value, index) => value < (values[index - 1] ?? value));
}

function said({ machine, workload }: NeedsInput): string {
  return `${machine.cpus} cpus, ${formatBytes(machine.memory)}, ${JSON.stringify(workload)}`;
}
