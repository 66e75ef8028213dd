import { expect, test } from "vitest";
import { choosePlace } from "../../../stack/measure/calibration/place.ts";

const database = { service: "database", writesDurably: true };
const queue = { service: "queue", writesDurably: true };
const dashboards = { service: "dashboards", writesDurably: false };
const REGISTRY = ["database", "queue", "dashboards"];

test("the machine is probed beside the first service of the registry that writes durably", () => {
  expect(choosePlace([database, queue, dashboards], REGISTRY)).toBe(database);
});

test("a service that the profile lists earlier does not move the probes", () => {
  expect(choosePlace([dashboards, queue, database], REGISTRY)).toBe(database);
});

test("a service with a volume and no durable write, added in front of all others, does not move the probes", () => {
  const metrics = { service: "metrics", writesDurably: false };
  expect(choosePlace([metrics, database, queue], ["metrics", ...REGISTRY])).toBe(database);
});

test("without a durable write any data volume serves, and without a volume nothing is probed inside", () => {
  expect(choosePlace([dashboards], REGISTRY)).toBe(dashboards);
  expect(choosePlace([], REGISTRY)).toBeUndefined();
});
