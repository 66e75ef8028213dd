import { describe, expect, test } from "vitest";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { explain, explanationText } from "../../../stack/core/desire/explain.ts";
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
import { registry } from "../../../stack/services/index.ts";
import { MIB, parseBytes } from "../../../stack/core/units.ts";
import { testRegistry } from "../../support/core/services.ts";
import { profileOf, shippedStack } from "../../support/core/stack.ts";

const profile = profileOf({ services: { store: { nodes: 2 }, pool: {} }, overrides: { store: { cache: "96 MiB" } } });
const { budget, sized } = sizeServices({
  profile,
  machine: profile.machine,
  services: configureServices(profile, testRegistry),
});

const namesOf = (name?: string) => explain(budget, sized, name).map(({ service, setting }) => `${service}.${setting}`);

describe("an explanation", () => {
  test("must cover what stays free, the limits and every setting of every service", () => {
    expect(namesOf()).toEqual([
      "machine.free",
      "store.limits",
      "store.cache",
      "store.timeout",
      "store.sync",
      "store.threads",
      "store.format",
      "pool.limits",
      "pool.clients",
    ]);
  });

  test("must be of one service or of one setting when it is named", () => {
    expect(namesOf("pool")).toEqual(["pool.limits", "pool.clients"]);
    expect(namesOf("store.threads")).toEqual(["store.threads"]);
  });

  test("must show the value, its formula, the inputs, the source and what a change takes", () => {
    expect(explanationText(explain(budget, sized, "store.cache"))).toBe(
      [
        "store.cache = 96 MiB",
        "  because  from the profile",
        "  with     the formula gives = 256 MiB",
        "  source   services.store.settings in the profile",
        "  change   live; in tuning.env as STORE_CACHE",
      ].join("\n"),
    );
  });

  test("of limits must show what the machine has and what of it is for the services", () => {
    const text = explanationText(explain(budget, sized, "store.limits"));
    expect(text).toContain("store.limits = 512 MiB, 2 cpus an instance");
    expect(text).toContain("machine = 8 GiB, 4 cpus, reserve = 1.2 GiB, available = 6.8 GiB, ");
    expect(text).toMatch(/, instances = 2$/m);
  });

  test.for(["dev", "minimal", "qa"])("of the limits of %s must give them by its own inputs", async (name) => {
    const { budget: shipped, services } = await shippedStack(name, { registry });
    for (const { definition, share, settings } of services) {
      const [limits] = explain(shipped, [{ definition, share, settings, requires: [] }], definition.name);
      const input = (key: string) => limits?.inputs[key] ?? "";
      const size = (key: string) => parseBytes(input(key)) ?? Number.NaN;
      const level = Number.parseFloat(input("λ")) * MIB;
      const ideal = Math.min(size("ideal"), size("floor") + level * Number(input("weight")));
      const cache = Number.parseFloat(input("κ")) * MIB * Number(input("weight"));
      const memory = Math.min(size("most"), ideal + cache);
      // λ is printed with three decimals: a thousandth of a weight is far less than a step.
      expect(Math.abs(memory - share.memory), definition.name).toBeLessThan(17 * MIB);
      const cpus = Math.min(Number(input("wanted cpus")), shipped.machine.cpus) * Number(input("s"));
      expect(Math.abs(cpus - share.cpus), definition.name).toBeLessThanOrEqual(0.06);
    }
  });

  test.for([
    [
      "store.cahce",
      "neither a formula nor the profile gives store such a setting: the server's own default holds",
      "Did you mean store.cache?",
    ],
    ["stroe", "The profile has no such service", "Did you mean store? Use one of: machine, store, pool"],
    ["", "The profile has no such service", "store, pool"],
  ] as const)("of %j must be refused with the names that exist", ([name, why, fix]) => {
    try {
      explain(budget, sized, name);
      throw new Error("it was not refused");
    } catch (error) {
      if (!(error instanceof PlumblineError)) throw error;
      expect(error).toMatchObject({ code: "WRONG_USAGE", exitCode: 2, why });
      expect(error.fix).toContain(fix);
    }
  });

  test("of a name in other letters must be that of the name", () => {
    expect(explain(budget, sized, "STORE.Cache")).toEqual(explain(budget, sized, "store.cache"));
    expect(explain(budget, sized, "Store")).toEqual(explain(budget, sized, "store"));
  });

  test.for(["dev", "minimal", "qa"])("of each setting of %s must have a formula and a source", async (name) => {
    const desired = await shippedStack(name, { registry });
    const all = explain(
      desired.budget,
      desired.services.map((service) => ({ ...service, requires: [] })),
    );
    expect(all.length).toBeGreaterThan(desired.services.length);
    for (const { service, setting, formula, source, value } of all) {
      expect([formula, source, value].every((text) => text !== "") || setting === "save", `${service}.${setting}`).toBe(
        true,
      );
    }
  });
});
