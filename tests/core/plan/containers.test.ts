import { expect, test } from "vitest";
import { byInstance } from "../../../stack/core/plan/containers.ts";
import { containerOf } from "../../support/core/container.ts";

const idsOf = (...containers: Parameters<typeof byInstance>[0]) =>
  [...byInstance(containers)].map(([instance, { id }]) => [instance, id]);

test("each instance must have its container", () => {
  expect(idsOf(containerOf({ id: "a" }), containerOf({ id: "b", instance: "store-2" }))).toEqual([
    ["store-1", "a"],
    ["store-2", "b"],
  ]);
  expect(idsOf()).toEqual([]);
});

test("of two containers of one instance the one that runs must count, in either order", () => {
  const left = containerOf({ id: "left", state: "created" });
  const running = containerOf({ id: "running" });
  expect(idsOf(left, running)).toEqual([["store-1", "running"]]);
  expect(idsOf(running, left)).toEqual([["store-1", "running"]]);
});

test("of two that do not run the newest must count: engines list it first", () => {
  const [newest, older] = [
    containerOf({ id: "newest", state: "created" }),
    containerOf({ id: "older", state: "exited" }),
  ];
  expect(idsOf(newest, older)).toEqual([["store-1", "newest"]]);
});
