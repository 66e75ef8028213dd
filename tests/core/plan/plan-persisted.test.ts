import { describe, expect, test } from "vitest";
import type { Observed } from "../../../stack/core/plan/observed.ts";
import { planStack } from "../../../stack/core/plan/plan.ts";
import { planText } from "../../../stack/core/plan/plan-text.ts";
import type { Persisted } from "../../../stack/core/service/persisted.ts";
import { registry } from "../../../stack/services/index.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";
import { World } from "../../support/fakes/world.ts";

const desired = desiredOf(profileOf({ services: { postgres: {} } }), { registry });

function planned(persisted: Persisted, change: (world: World) => void = () => {}, seen: Partial<Observed> = {}) {
  const world = World.running(desired);
  change(world);
  const observed = { ...world.observe(desired), persisted: new Map([["postgres", persisted]]), ...seen };
  const plan = planStack(desired, observed);
  return { lines: planText(plan).split("\n"), kinds: plan.actions.map(({ kind }) => kind), actions: plan.actions };
}

const holding = (values: Readonly<Record<string, string>>): Persisted => ({ values: new Map(Object.entries(values)) });
const down = (world: World) => world.change("postgres", { state: "exited", exitCode: 1 });
const mute = (world: World) => void world.mute.add("postgres");
const WANTED = desired.services[0]?.settings.find(({ name }) => name === "work_mem")?.value ?? 0;

describe("a setting that a server has persisted", () => {
  test("must be reset by the running server before it is restarted, with its origin", () => {
    const { lines, actions } = planned(holding({ max_connections: "50" }), (world) =>
      world.report("postgres", "max_connections", { value: 50, origin: "postgresql.auto.conf" }),
    );
    expect(lines[0]).toMatch(
      /^ {2}reset max_connections in postgresql\.auto\.conf of postgres: ALTER SYSTEM set max_connections = 50 \(the plan wants \d+\)$/,
    );
    expect(actions[0]).toMatchObject({ by: "server", names: ["max_connections"] });
    expect(actions[1]).toMatchObject({ kind: "restart-container", after: ["reset persisted of postgres"] });
  });

  test("must be reset without a restart if it waits for one", () => {
    expect(planned(holding({ max_connections: "50" })).kinds).toEqual(["reset-persisted"]);
  });

  test.each([String(WANTED), `${Number(WANTED) / 1024}kB`, `${Number(WANTED) / 1024} KB`])(
    "must be left alone if it says what the plan wants (%s)",
    (value) => {
      expect(planned(holding({ work_mem: value })).kinds).toEqual([]);
    },
  );

  test("must be left alone if the plan does not own it", () => {
    expect(planned(holding({ log_min_messages: "info" })).kinds).toEqual([]);
    expect(planned(holding({ log_min_messages: "info" }), down).kinds).not.toContain("reset-persisted");
  });

  test("must be taken out of the file before a stopped server is started", () => {
    const { kinds, actions } = planned(holding({ shared_buffers: "100GB" }), down);
    expect(kinds.slice(0, 2)).toEqual(["reset-persisted", "start-container"]);
    expect(actions[0]).toMatchObject({ by: "file", names: ["shared_buffers"] });
    expect(actions[1]).toMatchObject({ after: ["reset persisted of postgres"] });
  });

  test("must be reset and the server restarted once if nobody can reach it", () => {
    const { kinds } = planned(holding({ port: "5433" }), mute);
    expect(kinds).toEqual(["reset-persisted", "restart-container", "await-instance", "prepare", "await-service"]);
  });

  test("must not restart a server that does not answer yet if it does not keep clients away", () => {
    expect(planned(holding({ work_mem: "1GB" }), mute).kinds).not.toContain("restart-container");
  });

  test("must be reset with a restart if a reload does not undo it, and without one if it does", () => {
    expect(planned(holding({ hba_file: "/tmp/hba" })).kinds).toContain("restart-container");
    expect(planned(holding({ ssl: "on" })).kinds).toEqual(["reset-persisted"]);
  });

  test("must be reset whatever it is if its server was seen not to start with it", () => {
    const blamed = new Map([["postgres", new Set(["log_min_messages"])]]);
    const { lines } = planned(holding({ log_min_messages: "info", wal_debug: "on" }), down, { blamed });
    expect(lines[0]).toBe(
      "  reset log_min_messages in postgresql.auto.conf of postgres: ALTER SYSTEM set log_min_messages = info (the server does not start with it)",
    );
  });
});

describe("a file that the server cannot read", () => {
  const damaged: Persisted = { values: new Map(), fault: "line 3 of postgresql.auto.conf cannot be read" };

  test("must be mended before the start, in the file", () => {
    const { lines, actions } = planned(damaged, down);
    expect(lines[0]).toBe("  mend postgresql.auto.conf of postgres: line 3 of postgresql.auto.conf cannot be read");
    expect(actions[0]).toMatchObject({ by: "file", names: [] });
  });

  test("must be left to a server that runs, whether it answers or not", () => {
    expect(planned(damaged).kinds).toEqual([]);
    expect(planned(damaged, mute).kinds).not.toContain("reset-persisted");
  });

  test("must be edited by hand if it holds an override, too: the server could not rewrite it", () => {
    const { actions } = planned({ ...damaged, values: new Map([["work_mem", "1GB"]]) });
    expect(actions[0]).toMatchObject({ kind: "reset-persisted", by: "file", names: ["work_mem"] });
  });
});
