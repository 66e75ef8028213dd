import { expect, test } from "vitest";
import { registry, services } from "../../stack/services/index.ts";
import { fixture } from "../structure/fixture-service/index.ts";
import { serviceContract, type ServiceSubject } from "./service.ts";

const subjects: readonly ServiceSubject[] = [
  ...services.map((service) => ({ service, catalogue: services })),
  { service: fixture, catalogue: [...services, fixture] },
];

for (const subject of subjects) serviceContract(subject);

test("The contract must hold for every service of the registry, and for the one that the README adds", () => {
  expect(subjects.map(({ service }) => service.name)).toEqual([...registry.keys(), fixture.name]);
});

test("No two services may have one name, variable or port on the host", () => {
  const all = subjects.map(({ service }) => service.configure({}));
  for (const names of [
    all.flatMap(({ instances }) => instances),
    all.flatMap(({ ports }) => ports.map(({ defaultHostPort }) => defaultHostPort)),
    all.flatMap(({ ports }) => ports.flatMap(({ url }) => url?.variable ?? [])),
  ]) {
    expect(new Set<string | number>(names).size).toBe(names.length);
  }
});
