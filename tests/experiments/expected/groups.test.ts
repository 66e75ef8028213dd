import { describe, expect, test } from "vitest";
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
import type { Setting } from "../../../stack/core/service/setting.ts";
import { parseProfile } from "../../../stack/core/profile/profile.ts";
import { registry } from "../../../stack/services/index.ts";
import { GROUPS, groupsNamed, profileOf, takesOf, valuesIn, type Side } from "./groups.ts";

/** Settings of the group's service, by the profile of one side on top of one that has all services. */
function settingsOf(group: (typeof GROUPS)[number], side: Side): readonly Setting[] {
  const text = profileOf(group, "whole", side);
  const whole = `services: { postgres: {}, mysql: {}, redis: {}, rabbitmq: {} }\nmachine: { cpus: 2, memory: 8 GiB, disk: 40 GiB }\n`;
  const sources = {
    wanted: { name: "side", file: "side.yaml", text },
    library: [{ name: "whole", file: "whole.yaml", text: whole }],
  };
  const parsed = parseProfile(sources, [...registry.values()], ["engine"]);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { ok: profile, positionOf } = parsed;
  const services = configureServices(profile, registry);
  const { sized, refusals } = sizeServices({ profile, machine: profile.machine, services, positionOf });
  expect(refusals).toEqual([]);
  return sized.find(({ definition }) => definition.name === group.service)?.settings ?? [];
}

const valueOf = (settings: readonly Setting[], name: string) => settings.find((each) => each.name === name)?.value;

describe.for(GROUPS)("$name", (group) => {
  const [on, off] = [settingsOf(group, "on"), settingsOf(group, "off")];

  test("must give each of its settings another value on each side, and change no other", () => {
    const names = Object.keys(group.settings);
    for (const name of names) {
      expect(valueOf(on, name), name).toBeDefined();
      expect(valueOf(off, name), name).toBeDefined();
      expect(valueOf(on, name), name).not.toBe(valueOf(off, name));
    }
    const others = (settings: readonly Setting[]) =>
      settings.filter(({ name }) => !names.includes(name)).map(({ name, value }) => `${name} = ${value}`);
    expect(others(off)).toEqual(others(on));
    expect(valuesIn(group, on)).toHaveLength(names.length);
    expect(valuesIn(group, off)).not.toContain("");
  });

  test("must be switched while the server runs, or by a restart of it, and by no new container", () => {
    const restarts = ["postgres/statements", "mysql/performance-schema"];
    expect(takesOf(group, off)).toBe(restarts.includes(group.name) ? "restart" : "live");
  });
});

test("groups must be found by their names and by their services", () => {
  expect(groupsNamed(undefined)).toEqual(GROUPS);
  expect(groupsNamed(["postgres/log", "redis"]).map(({ name }) => name)).toEqual([
    "postgres/log",
    "redis/slow-log",
    "redis/latency-monitor",
  ]);
  expect(groupsNamed(["no-such"])).toEqual([]);
});
