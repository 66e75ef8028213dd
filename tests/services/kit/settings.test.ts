import { describe, expect, test } from "vitest";
import { givenValue } from "../../../stack/core/service/given-value.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { services } from "../../../stack/services/index.ts";
import { rulesOf } from "../../../stack/services/kit/settings.ts";

const share = { memory: mib(1024), cpus: 4 };
const tuning = {
  share,
  machine: { cpus: 4, memory: gib(8) },
  workload: { kind: "web", clients: 100, connections: 15 },
} as const;

const subjects = services
  .map((service) => service.configure({}))
  .flatMap(({ settingRules, ...service }) =>
    settingRules ? [{ name: service.name, service, rules: settingRules }] : [],
  );

test("Every service with settings that a formula gives must say which others a profile may give", () => {
  const tuned = services.map((service) => service.configure({})).filter((service) => service.tune(tuning).length > 0);
  expect(tuned.filter(({ settingRules }) => !settingRules).map(({ name }) => name)).toEqual([]);
});

describe.for(subjects)("the settings of $name", ({ service, rules }) => {
  test("must all be lines that can be read, with ranges that are none the wrong way round", () => {
    expect(rules.names.length).toBeGreaterThan(1);
    for (const name of rules.names) {
      const spec = rules.specOf(name);
      expect(spec, name).toBeDefined();
      const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = spec ?? {};
      expect(least, name).toBeLessThanOrEqual(most);
      expect(rules.nameOf(name)).toBe(name);
    }
  });

  test("must contain what the formulas give, which may be given and is in the server's own range", () => {
    for (const tuned of service.tune(tuning)) {
      const spec = rules.specOf(tuned.name);
      expect(rules.ownedBecause(tuned.name), tuned.name).toBeUndefined();
      if (!spec) expect.fail(`${tuned.name} is in no table`);
      const own =
        tuned.unit === "bytes"
          ? `${Number(tuned.value)} B`
          : tuned.unit === "s" || tuned.unit === "ms"
            ? `${tuned.value} ${tuned.unit}`
            : tuned.value;
      expect(givenValue(own, { tuned, spec }, true), tuned.name).toEqual({ value: tuned.value });
      expect(spec.takes, `what a change of ${tuned.name} takes`).toBe(tuned.takes);
    }
  });

  test("must keep every rule where no value is given by the profile", () => {
    for (const memory of [mib(1024), gib(2), gib(16)]) {
      const input = { ...tuning, share: { ...share, memory } };
      const settings = new Map(service.tune(input).map(({ name, value }) => [name, value]));
      const found = rules.judge?.({ settings, tuned: input, neighbours: new Map(), instances: 1 }) ?? [];
      expect(found.filter(({ severity }) => severity === "refused")).toEqual([]);
    }
  });
});

const broken = (line: string) => rulesOf({ lines: { a: line }, onOff: ["on", "off"], owned: {} }).specOf("a");

describe("a table of settings", () => {
  const rules = rulesOf({
    lines: { Cache: "live bytes/1024 -1 64", days: "restart s/60 0 1440", mode: "fixed choice a,b" },
    onOff: ["on", "off"],
    owned: { "net_*": "of the network", port: "of the port" },
    plain: (name) => name.toLowerCase(),
  });

  test("must give ranges in the unit of the setting, and leave values with a meaning of their own", () => {
    expect(rules.specOf("Cache")).toMatchObject({ unit: "bytes", least: -1, most: mib(1) / 16, bareUnit: 1024 });
    expect(rules.specOf("days")).toMatchObject({ unit: "s", least: 0, most: 86_400 });
  });

  test("must know names as the server reads them, and those that are owned by their beginning too", () => {
    expect(rules.nameOf("CACHE")).toBe("Cache");
    expect(rules.ownedBecause("net_address")).toBe("of the network");
    expect(rules.ownedBecause("port")).toBe("of the port");
    expect(rules.ownedBecause("ports")).toBeUndefined();
  });

  test("must be refused with a line that cannot be read", () => {
    expect(() => broken("sometimes switch")).toThrow("sometimes");
    expect(() => broken("live quaternion 1 2")).toThrow("quaternion");
  });
});
