import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
import { shareLogs } from "../../../stack/core/desire/log-budget.ts";
import { bytes, gib, mib } from "../../../stack/core/units.ts";
import { registry } from "../../../stack/services/index.ts";
import { profileOf } from "../../support/core/stack.ts";

const claims = [
  { service: "a", instances: 1, needs: needs(mib(512), gib(16)) },
  { service: "b", instances: 2, needs: needs(mib(100), mib(256)) },
  { service: "none", instances: 1, needs: { floor: mib(1), ideal: mib(1), weight: 1, cpus: 1 } },
];

function needs(floor: ReturnType<typeof mib>, ideal: ReturnType<typeof mib>) {
  return { floor: mib(1), ideal: mib(1), weight: 1, cpus: 1, logs: { floor, ideal } };
}

describe("the disk for logs", () => {
  test("never takes more than a quarter of the disk, and a larger disk never gives less", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000 }), fc.integer({ min: 0, max: 50_000 }), (size, more) => {
        const { shares } = shareLogs(claims, mib(size));
        const larger = shareLogs(claims, mib(size + more)).shares;
        const total = (shares.get("a") ?? 0) + 2 * (shares.get("b") ?? 0);
        expect(total).toBeLessThanOrEqual(mib(size) / 4);
        for (const [service, share] of shares) expect(larger.get(service), service).toBeGreaterThanOrEqual(share);
      }),
    );
  });

  test("is the ideal of each where it is not known, and none for a service that keeps no logs", () => {
    expect([...shareLogs(claims, undefined).shares]).toEqual([
      ["a", bytes(gib(16))],
      ["b", bytes(mib(256))],
    ]);
  });

  test("of 5 GiB holds the write-ahead log of a data warehouse", () => {
    const profile = profileOf({
      machine: { cpus: 4, memory: gib(16), disk: gib(5) },
      services: { postgres: {}, mysql: { binaryLog: true }, rabbitmq: {} },
      workload: { kind: "dw", clients: 20, connections: 15 },
    });
    const services = configureServices(profile, registry);
    const { sized } = sizeServices({ profile, machine: profile.machine, services });
    const value = (name: string) =>
      Number(sized.flatMap(({ settings }) => settings).find((setting) => setting.name === name)?.value);
    const wal = value("max_wal_size");
    expect(wal).toBe(value("max_slot_wal_keep_size"));
    expect(wal + value("innodb_redo_log_capacity") + value("max_binlog_size")).toBeLessThanOrEqual(gib(5) / 4);
    expect(value("disk_free_limit.absolute")).toBeLessThanOrEqual(gib(5) / 8);
  });
});
