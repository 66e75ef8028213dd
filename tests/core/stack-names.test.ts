import { expect, test } from "vitest";
import { NETWORKS } from "../../stack/core/service/container.ts";
import { projectName, serviceOfVolume, stackOf } from "../../stack/core/stack-names.ts";
import { shippedStack } from "../support/core/stack.ts";

test("stacks side by side must be Compose projects of their own", () => {
  expect([projectName("default"), projectName("mine")]).toEqual(["plumbline", "plumbline-mine"]);
});

/** Names like the prefixes and parts of other stacks' objects. */
const STACKS = ["default", "plumbline", "plumbline-a", "plumbline-default", "a", "a-b", "b", "data", "a-data", "redis"];
const ALIKE = [...STACKS, "redis-1", "a-redis", "a-redis-1", "postgres", "a-postgres", "exporter", "1", "unfinished"];

test("every name must have a project of its own, from which the name is found again", () => {
  expect(new Set(ALIKE.map(projectName)).size).toBe(ALIKE.length);
  expect(ALIKE.map((stack) => stackOf(projectName(stack)))).toEqual(ALIKE);
});

test("two stacks must never have an object of one name, whatever they are called", async () => {
  // "plumbline-<stack>-<part>" is an object of another stack too only if one part ends with a dash and the other.
  const { services } = await shippedStack("observed");
  const instances = services.flatMap((service) => service.instances);
  const volumes = instances.flatMap(({ name, container }) =>
    Object.values(container.volumes).map((volume) => `${name}-${volume}`),
  );
  const names = [instances.map(({ name }) => name), volumes, NETWORKS];
  for (const parts of names) {
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.filter((part) => parts.some((other) => part.endsWith(`-${other}`)))).toEqual([]);
  }
});

test("a volume is a service's only if its name is that of one of the service's instances", () => {
  const known = ["postgres", "postgres-exporter", "redis"];
  const serviceOf = (volume: string) => serviceOfVolume("plumbline-a", `plumbline-a-${volume}`, known);
  expect(serviceOf("postgres-data")).toBe("postgres");
  expect(serviceOf("postgres-exporter-data")).toBe("postgres-exporter");
  expect(serviceOf("redis-2-data")).toBe("redis");
  for (const other of ["data", "uploads", "redis-data-data", "redis-2-uploads", "postgres-old-data", "my-redis-data"])
    expect(serviceOf(other), other).toBeUndefined();
  expect(serviceOfVolume("plumbline-a", "plumbline-b-redis-1-data", known)).toBeUndefined();
});
