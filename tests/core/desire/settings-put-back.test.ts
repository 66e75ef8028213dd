/** What a profile may give must be the same when it is put back after a switch that failed. */
import { expect, test } from "vitest";
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
import type { SettingValue } from "../../../stack/core/machine/facts.ts";
import { registry } from "../../../stack/services/index.ts";
import { profileOf } from "../../support/core/stack.ts";

const SERVICES = { postgres: {}, mysql: {}, redis: { nodes: 1 } };

test.each<readonly [service: keyof typeof SERVICES, name: string, value: SettingValue]>([
  ["postgres", "fsync", false],
  ["postgres", "jit", true],
  ["postgres", "synchronous_commit", false],
  ["postgres", "huge_pages", false],
  ["postgres", "autovacuum_work_mem", "-1"],
  ["postgres", "default_transaction_isolation", "read committed"],
  ["postgres", "work_mem", "8MB"],
  ["mysql", "log_bin", true],
  ["redis", "appendonly", true],
  ["redis", "appendonly", "on"],
  ["redis", "appendonly", 1],
  ["redis", "appendfsync", false],
  ["redis", "save", false],
  ["redis", "save", "900 1"],
  ["redis", "maxmemory-policy", "ALLKEYS-LRU"],
])("%s %s: %j", (service, name, value) => {
  const profile = profileOf({ services: SERVICES, overrides: { [service]: { [name]: value } } });
  const services = configureServices(profile, registry);
  const valueOf = (positionOf?: Parameters<typeof sizeServices>[0]["positionOf"]) =>
    sizeServices({ profile, machine: profile.machine, services, ...(positionOf && { positionOf }) })
      .sized.find(({ definition }) => definition.name === service)
      ?.settings.find((setting) => setting.name === name)?.value;
  const given = valueOf(() => ({ file: "mine.yaml", line: 1, column: 1 }));
  expect(given).toBeDefined();
  expect(valueOf()).toBe(given);
});
