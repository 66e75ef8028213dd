import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { planStack } from "../../stack/core/plan/plan.ts";
import { planText } from "../../stack/core/plan/plan-text.ts";
import { profileJsonSchema } from "../../stack/core/profile/schema.ts";
import { formatProblem } from "../../stack/core/profile/problem.ts";
import { offersOf } from "../../stack/core/desire/offers.ts";
import { parseProfile } from "../../stack/core/profile/profile.ts";
import type { Service } from "../../stack/core/service/service.ts";
import { composeFiles } from "../../stack/render/compose.ts";
import { renderStack } from "../../stack/render/stack.ts";
import { registry, services } from "../../stack/services/index.ts";
import { importsOf } from "../support/core/imports.ts";
import { PROJECT, sourcesOf, withoutComments } from "../support/core/sources.ts";
import { desiredOf, profileOf } from "../support/core/stack.ts";
import { carryOut } from "../support/fakes/executor.ts";
import { World } from "../support/fakes/world.ts";
import { fixture } from "./fixture-service/index.ts";

const FOLDER = "stack/services";
/** What several services are made of; no service itself. */
const KIT = "kit";
const names = services.map(({ name }) => name);

describe("the registry", () => {
  test("must be the folders of stack/services, and nothing else", () => {
    const folders = readdirSync(join(PROJECT, FOLDER), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(new Set([...names, KIT])).toEqual(new Set(folders.map((entry) => entry.name)));
    expect(registry.size).toBe(services.length);
  });

  test("must have every service after those that it requires, and all of these", () => {
    for (const service of services) {
      const { name, requires } = service.configure({});
      for (const required of requires)
        expect(names.slice(0, names.indexOf(name)), `${name}: ${required}`).toContain(required);
    }
  });

  test("must give every port on the host to one service only", () => {
    const ports = services.flatMap((service) =>
      service.configure({}).ports.map(({ defaultHostPort }) => defaultHostPort),
    );
    expect(new Set(ports).size).toBe(ports.length);
  });
});

/** "postgres" for stack/services/postgres/…. */
const room = (path: string) => path.split("/")[2] ?? "";

/** The names that may stand in a service's folder: its own, and those of the services that it wants something of. */
const known = new Map(
  services.map((service) => [service.name, [service.name, ...service.configure({}).wants.map(({ from }) => from)]]),
);
/** Files in which a name may stand: the registry, and the folders of services that know it. */
const allowed = (path: string, name: string) =>
  path === `${FOLDER}/index.ts` || (path.startsWith(`${FOLDER}/`) && known.get(room(path))?.includes(name) === true);

describe("what services want of each other", () => {
  test("must never be taken from another service's folder: what they have in common is in kit/", () => {
    const crossing = importsOf([FOLDER]).filter(({ from, to }) => {
      const isOwn = !to.startsWith(`${FOLDER}/`) || room(from) === room(to);
      return from !== `${FOLDER}/index.ts` && !isOwn && room(to) !== KIT;
    });
    expect(crossing.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });
});

describe("the name of a service", () => {
  test("must appear in no code but its folder, those of services that want something of it, and the registry", () => {
    const found = sourcesOf(["stack", "scripts"], [".ts", ".mjs"]).flatMap(({ path, text }) => {
      const code = withoutComments(text);
      return names
        .filter((name) => !allowed(path, name) && new RegExp(`\\b${name}\\b`, "i").test(code))
        .map((name) => `${path}: ${name}`);
    });
    expect(found).toEqual([]);
  });
});

describe("a new service", () => {
  const withFixture: ReadonlyMap<string, Service> = new Map([...registry, [fixture.name, fixture]]);
  const all = [...withFixture.values()];
  const text =
    "services: { fixture: { slots: 16, settings: { heap: 48 MiB } }, postgres: true, redis: { nodes: 1 } }\n";
  const source = { name: "mine", file: "mine.yaml", text };

  test("must be known to profiles and their schema as soon as it is in the registry", () => {
    const parsed = parseProfile({ wanted: source, library: [] }, all);
    expect("problems" in parsed ? parsed.problems.map(formatProblem) : parsed.ok.services["fixture"]).toEqual({
      slots: 16,
    });
    expect(JSON.stringify(profileJsonSchema(all, []))).toContain("How many things it holds at once.");
    const wrong = parseProfile(
      { wanted: { ...source, text: "services: { fixture: { slots: 0 }, postgres: true }\n" }, library: [] },
      all,
    );
    expect("problems" in wrong && wrong.problems.map(({ path }) => path)).toEqual(["services.fixture.slots"]);
  });

  test("must be sized, rendered, planned and converge like every other", async () => {
    const parsed = parseProfile({ wanted: source, library: [] }, all);
    if ("problems" in parsed) throw new Error(parsed.problems.map(formatProblem).join("\n"));
    const desired = desiredOf(parsed.ok, { registry: withFixture });
    const files = renderStack(desired, composeFiles);
    expect(files.get("compose.yaml")).toContain("container_name: plumbline-fixture");
    expect(files.get("tuning.env")).toContain("FIXTURE_HEAP=48MB");
    expect(files.get("conf/fixture/fixture.conf")).toMatch(/\nheap = 48MB\nslots = 16\n$/);
    const world = new World();
    const plan = planStack(desired, world.observe(desired));
    expect(planText(plan)).toContain("  create fixture: no container of this name");
    await carryOut(world, desired, { steps: plan.actions });
    expect(planText(planStack(desired, world.observe(desired)))).toBe("  nothing to do");
  });

  test("must see of its neighbours what was granted, and they must make it", () => {
    const parsed = parseProfile({ wanted: source, library: [] }, all);
    if ("problems" in parsed) throw new Error(parsed.problems.map(formatProblem).join("\n"));
    const desired = desiredOf(parsed.ok, { registry: withFixture });
    const files = renderStack(desired, composeFiles);
    expect(files.get("conf/fixture/upstream.json")).toBe('{"host":"postgres","port":5432,"database":"fixture"}');
    const grants = desired.services.flatMap(({ name, grants }) => grants.map(({ to, grant }) => [name, grant, to]));
    expect(grants).toEqual([
      ["postgres", "database", "fixture"],
      ["postgres", "monitor", "fixture"],
      ["redis", "monitor", "fixture"],
    ]);
    expect(files.get("conf/redis-1/users.acl")).toContain(
      "user observer reset on #secret-sha-fixture-observer -@all +ping",
    );
    expect(offersOf(desired).metrics).toEqual([
      { service: "fixture", host: "fixture", instance: "fixture", port: 8080, path: "/metrics" },
    ]);
  });

  test("must get its part of the budget beside all others", () => {
    const services = Object.fromEntries([...withFixture.keys()].map((name) => [name, {}]));
    const { budget } = desiredOf(profileOf({ services }), { registry: withFixture });
    expect(budget.shares.get("fixture")?.memory).toBeGreaterThan(0);
    expect(budget.spent).toBeLessThanOrEqual(budget.available);
  });
});
