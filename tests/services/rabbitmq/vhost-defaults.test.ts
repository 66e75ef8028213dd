import { describe, expect, test } from "vitest";
import { judgeVhostDefaults } from "../../../stack/services/rabbitmq/vhost-defaults.ts";
import { refusedFor, sized } from "../../support/core/given-settings.ts";

const judged = (settings: Readonly<Record<string, string>>, vhost = "app") =>
  judgeVhostDefaults(new Map(Object.entries(settings)), vhost).map(({ severity, settings: [first] }) => [
    severity,
    first,
  ]);
const LIMITS = "default_limits.vhosts.1";
const POLICY = "default_policies.operator.short";

describe("what the profile gives new vhosts", () => {
  test("is none of the judge's business where its pattern leaves the benchmarks' vhost out", () => {
    expect(judged({})).toEqual([]);
    expect(judged({ [`${LIMITS}.pattern`]: "^app$", [`${LIMITS}.max_queues`]: "10" })).toEqual([]);
    expect(judged({ [`${POLICY}.vhost_pattern`]: "^app$", [`${POLICY}.max_length`]: "10" })).toEqual([]);
    expect(judged({ default_queue_type: "quorum" })).toEqual([]);
  });

  test.for([".*", "bench", "^plumbline", "_"])("is warned of where %j finds the benchmarks' vhost", (pattern) => {
    expect(judged({ [`${LIMITS}.pattern`]: pattern, [`${LIMITS}.max_queues`]: "10" })).toEqual([
      ["warned", `${LIMITS}.pattern`],
    ]);
    expect(judged({ [`${POLICY}.vhost_pattern`]: pattern, [`${POLICY}.max_length`]: "10" })).toEqual([
      ["warned", `${POLICY}.vhost_pattern`],
    ]);
  });

  test("is for every vhost without a pattern", () => {
    expect(judged({ [`${LIMITS}.max_queues`]: "10" })).toHaveLength(1);
    expect(judged({ [`${POLICY}.queue_pattern`]: "^tmp", [`${POLICY}.expires`]: "1000" })).toHaveLength(1);
  });

  test("is refused where it lets nobody into the application's vhost, and nowhere else", () => {
    const closed = { [`${LIMITS}.pattern`]: "^app$", [`${LIMITS}.max_connections`]: "0" };
    expect(judged(closed)).toEqual([["refused", `${LIMITS}.max_connections`]]);
    expect(judged(closed, "orders")).toEqual([]);
    expect(judged({ [`${LIMITS}.pattern`]: "^app$", [`${LIMITS}.max_connections`]: "-1" })).toEqual([]);
    expect(judged({ [`${LIMITS}.max_connections`]: "-1" })).toEqual([]);
  });

  test("is left to the server with a pattern that only Erlang reads", () => {
    expect(judged({ [`${LIMITS}.pattern`]: "(?<", [`${LIMITS}.max_queues`]: "10" })).toEqual([]);
  });
});

test("a profile is told at its own place", () => {
  expect(refusedFor({ rabbitmq: { [`${LIMITS}.max_queues`]: 0 } })).toBe(
    `mine.yaml:4:20: services.rabbitmq.settings.${LIMITS}.max_queues: found 0, with which nobody can use the vhost app, ` +
      "expected at least 1, or -1 for no limit",
  );
  expect(sized({ rabbitmq: { [`${POLICY}.expires`]: 1000 } }).warnings).toEqual([
    `mine.yaml:4:20: services.rabbitmq.settings.${POLICY}.expires: found an operator policy for vhosts like .*, ` +
      "expected a vhost_pattern that leaves plumbline_bench out, such as ^app$: the benchmarks run without it",
  ]);
});

test("where streams are kept is not the profile's to give", () => {
  expect(refusedFor({ rabbitmq: { "stream.data_dir": "/tmp/streams" } })).toContain("its files are on the volume");
});
