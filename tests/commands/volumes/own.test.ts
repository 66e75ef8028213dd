import { expect, test } from "vitest";
import { knownServices, sortVolumes, volumesIn } from "../../../stack/commands/volumes/own.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";

const PROJECT = "plumbline-test";
const NAMES = ["postgres-data", "redis-2-data", "backup-data", "redis-extra-data", "postgres-exporter-old-data"];

test("volumes of services that the profile does not have are still Plumbline's; others of the same form are not", () => {
  const volumes = NAMES.map((name) => ({ name: `${PROJECT}-${name}` }));
  const { own, others } = sortVolumes(volumes, PROJECT, knownServices({ services: [] }));
  expect(own.map(({ name }) => name)).toEqual([`${PROJECT}-postgres-data`, `${PROJECT}-redis-2-data`]);
  expect(others.map(({ name }) => name)).toEqual(NAMES.slice(2).map((name) => `${PROJECT}-${name}`));
});

test("the volumes of an engine are sorted by who made them", async () => {
  const engine = fakeEngine({ volumes: [`${PROJECT}-mysql-data`, `${PROJECT}-mine-data`] });
  expect(await volumesIn(engine, PROJECT, { services: [] })).toEqual({
    own: [{ name: `${PROJECT}-mysql-data` }],
    others: [{ name: `${PROJECT}-mine-data` }],
  });
});

test("a volume that a person has made under a service's name is a person's; what is noted about volumes is none", async () => {
  const engine = fakeEngine({
    volumes: [`${PROJECT}-mysql-data`],
    restored: ["postgres-data", "mysql-data.written-by", "cache"].map((name) => `${PROJECT}-${name}`),
  });
  expect(await volumesIn(engine, PROJECT, { services: [] })).toEqual({
    own: [{ name: `${PROJECT}-mysql-data` }],
    others: [{ name: `${PROJECT}-postgres-data` }],
  });
});
