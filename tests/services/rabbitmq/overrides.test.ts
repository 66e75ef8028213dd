import { expect, test } from "vitest";
import { OVERRIDES, overridesIn, type Found } from "../../../stack/services/rabbitmq/overrides.ts";

const NOTHING: Found = {
  "vhost-limits": [],
  "user-limits": [],
  policies: [],
  "operator-policies": [],
  "topic-permissions": [],
};
const user = (name: string) =>
  ({ name, password_hash: "", hashing_algorithm: "rabbit_password_hashing_sha256", tags: [] }) as const;
const USERS = { users: [user("admin"), user("app"), user("plumbline_bench")] };
const pathsOf = (found: Partial<Found>) =>
  overridesIn({ ...NOTHING, ...found }, USERS, "app/1").map(({ path }) => path);

test("nothing set by hand is nothing to remove", () => {
  expect(pathsOf({})).toEqual([]);
});

test("a limit that lets nobody in goes, and others of the application stay", () => {
  const value = { "max-connections": 0, "max-queues": 20 };
  expect(pathsOf({ "vhost-limits": [{ vhost: "app/1", value }] })).toEqual(["vhost-limits/app%2F1/max-connections"]);
  expect(pathsOf({ "user-limits": [{ user: "app", value: { "max-channels": 0, "max-connections": 7 } }] })).toEqual([
    "user-limits/app/max-channels",
  ]);
});

test("the benchmarks' vhost and user have no limit at all, unless it is negative, which is none", () => {
  const value = { "max-connections": 10, "max-queues": -1 };
  expect(
    pathsOf({
      "vhost-limits": [{ vhost: "plumbline_bench", value }],
      "user-limits": [{ user: "plumbline_bench", value: { "max-channels": 1 } }],
    }),
  ).toEqual(["vhost-limits/plumbline_bench/max-connections", "user-limits/plumbline_bench/max-channels"]);
});

test("policies go from the benchmarks' vhost only", () => {
  const policies = [
    { vhost: "plumbline_bench", name: "short queues" },
    { vhost: "app/1", name: "mine" },
  ];
  expect(pathsOf({ policies, "operator-policies": policies })).toEqual([
    "policies/plumbline_bench/short%20queues",
    "operator-policies/plumbline_bench/short%20queues",
  ]);
});

test("topic permissions go from Plumbline's users in its vhosts, and stay for others", () => {
  const found = [
    { user: "app", vhost: "app/1" },
    { user: "somebody", vhost: "app/1" },
    { user: "app", vhost: "other" },
  ];
  expect(pathsOf({ "topic-permissions": found })).toEqual(["topic-permissions/app%2F1/app"]);
});

test("what belongs to vhosts and users of a person stays", () => {
  expect(
    pathsOf({
      "vhost-limits": [{ vhost: "other", value: { "max-connections": 0 } }],
      "user-limits": [{ user: "somebody", value: { "max-channels": 0 } }],
      policies: [{ vhost: "other", name: "all" }],
    }),
  ).toEqual([]);
});

test("the words name the value, whose it is and why it goes, and nobody who has set it", () => {
  const found: Found = {
    ...NOTHING,
    "vhost-limits": [
      { vhost: "app/1", value: { "max-connections": 0 } },
      { vhost: "plumbline_bench", value: { "max-queues": 9 } },
    ],
    "operator-policies": [{ vhost: "plumbline_bench", name: "short" }],
  };
  expect(overridesIn(found, USERS, "app/1").map(({ what, why }) => `${what}, ${why}`)).toEqual([
    "limit max-connections = 0 of vhost app/1, with which nobody can use it",
    "limit max-queues = 9 of vhost plumbline_bench, which would change what is measured",
    "operator policy short of vhost plumbline_bench, which would change what is measured",
  ]);
});

test("limits that were cleared may be an empty list in the answer", () => {
  expect(OVERRIDES["vhost-limits"].parse([{ vhost: "app", value: [] }])).toEqual([{ vhost: "app", value: {} }]);
});
