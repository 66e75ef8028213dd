/** The published figures against what is measured: each row has scenarios that do the same, or its service is not here. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadBaseline } from "../../../stack/records/files.ts";
import type { Scenario } from "../../../stack/core/service/scenario.ts";
import type { Target } from "../../../stack/core/service/service.ts";
import { services } from "../../../stack/services/index.ts";

const FOLDER = fileURLToPath(new URL("../../../profiles/baselines", import.meta.url));
const reference = await loadBaseline(FOLDER, "reference-m1max");
const { rows, toolOutputs } = reference.kind === "reference" ? reference : { rows: [], toolOutputs: [] };
const printed = toolOutputs.flatMap(({ tool, scenarios = {} }) =>
  Object.entries(scenarios).map(([operation, names]) => ({ operation, scenarios: names, native: tool })),
);

/** Scenarios are declared without a connection: nothing here is ever asked. */
const target = (instance: string): Target => ({
  instance,
  host: "127.0.0.1",
  port: () => 1,
  address: "127.0.0.1",
  neighbours: {},
  credentials: () => ({ user: "u", password: "p", scramSha256: "", sha256: "", saltedSha256: "" }),
  exec: () => Promise.reject(new Error("nothing runs here")),
});

const scenarios = new Map<string, Scenario>();
/** The services that are measured. */
const here = new Set<string>();
for (const service of services) {
  const configured = service.configure({});
  const live = await configured.live();
  const bench = live.bench?.(configured.instances.map(target));
  if (!bench) continue;
  here.add(service.name);
  for (const scenario of bench.scenarios) scenarios.set(scenario.name, scenario);
}

/** Scenarios that the published tables lack, and what they are for. */
const BEYOND: Readonly<Record<string, string>> = {
  "rabbitmq/get-ack": "the read of the smoke set: one message at a time has no stock to wait for",
};

test.each(rows.filter(({ service }) => here.has(service)))("$service: $operation is measured", (row) => {
  expect(row.scenarios.length).toBeGreaterThan(0);
  for (const name of row.scenarios) expect([...scenarios.keys()]).toContain(name);
});

test.each([...rows.filter(({ native }) => native !== undefined), ...printed])(
  "$operation is measured by the tool itself",
  (row) => {
    const [scenario] = row.scenarios.map((name) => scenarios.get(name));
    expect(scenario?.loadTool?.tool).toBe(row.native);
  },
);

test("every scenario has a row, or a reason to be there without one", () => {
  const named = new Set([...rows, ...printed].flatMap((row) => row.scenarios));
  const extra = [...scenarios.keys()].filter((name) => !named.has(name));
  expect(extra).toEqual(Object.keys(BEYOND));
});

test("a scenario's effect is what its row says of the disk: a transient message is no durable write", () => {
  for (const [name, { effect }] of scenarios) {
    if (name.includes("transient")) expect(effect, name).toBe("volatile write");
    if (name.includes("durable")) expect(effect, name).toBe("durable write");
  }
});

test("the smoke set is 8 to 12 scenarios, with a read and a write of every service", () => {
  const smoke = [...scenarios.values()].filter((scenario) => scenario.smoke);
  expect(smoke.length).toBeGreaterThanOrEqual(8);
  expect(smoke.length).toBeLessThanOrEqual(12);
  for (const service of here) {
    const effects = smoke.filter(({ name }) => name.startsWith(`${service}/`)).map(({ effect }) => effect);
    expect(effects, service).toContain("read");
    expect(
      effects.some((effect) => effect !== "read"),
      service,
    ).toBe(true);
  }
});
