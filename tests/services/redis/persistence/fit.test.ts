import { describe, expect, test } from "vitest";
import type { EffectiveValue, SettingValue } from "../../../../stack/core/machine/facts.ts";
import type { MisfitInput } from "../../../../stack/core/service/data-version.ts";
import { mib } from "../../../../stack/core/units.ts";
import { misfit } from "../../../../stack/services/redis/persistence/fit.ts";

type Values = Readonly<Record<string, SettingValue>>;

const KEPT: Values = { appendonly: "yes", save: "", "maxmemory-policy": "noeviction", maxmemory: mib(500) };

/** A node that holds 200 MiB. */
function fit(wanted: Values, parts: Partial<Omit<MisfitInput, "effective">> & { readonly effective?: Values } = {}) {
  const { effective = {}, ...others } = parts;
  const values = Object.entries({ ...KEPT, ...effective });
  return misfit({
    held: mib(200),
    memory: mib(600),
    isNew: true,
    ...others,
    effective: new Map(values.map(([name, value]): [string, EffectiveValue] => [name, { value }])),
    wanted: new Map(Object.entries(wanted)),
  });
}

describe("keys that a node of Redis holds", () => {
  test.each([true, false])("must fit a lower maxmemory, whether the node starts again (%s) or not", (isNew) => {
    expect(fit({ maxmemory: mib(100) }, { isNew })).toMatchObject({
      what: "Redis' maxmemory cannot become 100 MiB now; nothing was changed",
      why: "200 MiB are in use, and noeviction makes no room: every write would fail",
    });
    expect(fit({ maxmemory: mib(200) }, { isNew })).toBeUndefined();
    expect(fit({ maxmemory: 0 }, { isNew })).toBeUndefined();
  });

  test("may be more than a policy leaves that evicts, but not while the node starts: it reads them all", () => {
    const evicts = { maxmemory: mib(100), "maxmemory-policy": "allkeys-lru" };
    expect(fit(evicts)).toBeUndefined();
    expect(fit(evicts, { memory: mib(150), isNew: false })).toBeUndefined();
    expect(fit(evicts, { memory: mib(150) })).toMatchObject({
      what: "Redis cannot start with a limit of 150 MiB now; nothing was changed",
    });
  });

  test("do not matter to a start that finds none, because nothing keeps them", () => {
    expect(fit({ maxmemory: mib(100) }, { effective: { appendonly: "no" } })).toBeUndefined();
    expect(fit({ maxmemory: mib(100) }, { effective: { appendonly: "no", save: "3600 1" } })).toBeDefined();
  });

  test("must not keep a maxmemory from growing that is too small already, nor one from staying", () => {
    const full = { effective: { maxmemory: mib(100) } };
    expect(fit({ maxmemory: mib(150) }, full)).toBeUndefined();
    expect(fit({ maxmemory: mib(100) }, full)).toBeUndefined();
    expect(fit({}, full)).toBeUndefined();
  });

  test("must fit the maxmemory that stays, if the policy that made room goes", () => {
    const evicted = { effective: { maxmemory: mib(100), "maxmemory-policy": "allkeys-lru" } };
    expect(fit({ "maxmemory-policy": "noeviction" }, evicted)).toBeDefined();
  });
});
