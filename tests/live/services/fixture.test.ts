import { readFile, stat } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { connectionUrls } from "../../../stack/commands/env.ts";
import { takeDown } from "../../../stack/commands/down.ts";
import { planUp } from "../../../stack/commands/plan.ts";
import { stackStatus } from "../../../stack/commands/status.ts";
import type { RunningStack, Used } from "../../../stack/commands/request/running-stack.ts";
import { up } from "../../../stack/commands/up.ts";
import { targetsOf } from "../../../stack/converge/targets.ts";
import { offersOf } from "../../../stack/core/desire/offers.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { isChange } from "../../../stack/core/plan/action.ts";
import { byInstance } from "../../../stack/core/plan/containers.ts";
import type { BroughtUp } from "../../../stack/core/results/commands/up.ts";
import type { LiveService, PrepareInput, Service, Target } from "../../../stack/core/service/service.ts";
import { rows, withClient } from "../../../stack/services/kit/postgresql/client.ts";
import { registry } from "../../../stack/services/index.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";
import { fixture } from "../../structure/fixture-service/index.ts";

const profileOf = (fixtureOptions: string) => `
description: a service of the tests' own, and the database that it wants
machine: { cpus: 2, memory: 2 GiB, disk: 10 GiB }
services:
  postgres: true
  fixture: ${fixtureOptions}
workload: { clients: 5 }
`;

/** The registry with one line more, and what happens to the fixture's steps changed. */
function withFixture(change: (live: LiveService) => LiveService = (live) => live): ReadonlyMap<string, Service> {
  const service: Service = {
    ...fixture,
    configure: (options) => {
      const configured = fixture.configure(options);
      return { ...configured, live: async () => change(await configured.live()) };
    },
  };
  return new Map([...registry, [service.name, service]]);
}

/** The run ends when the server has issued its token: before that was kept, or right after. */
const killedAtKeep =
  (when: "before" | "after") =>
  (live: LiveService): LiveService => ({
    ...live,
    prepare: (targets, input) => {
      const keep: PrepareInput["keep"] = async (of, secret) => {
        if (when === "after") await input.keep(of, secret);
        throw new PlumblineError("INTERRUPTED", { what: "killed", why: "this test", fix: "none" });
      };
      return live.prepare(targets, { ...input, keep });
    },
  });

type Up = Used<BroughtUp, RunningStack>;

const preparedOf = ({ result: { starts } }: Up, service: string) =>
  starts.find((start) => start.service === service)?.prepared ?? [];
const actionsOf = ({ result: { actions } }: Up) =>
  actions
    .filter((action) => isChange(action) && action.kind !== "write-file")
    .map((action) => ("instance" in action ? `${action.kind} ${action.instance}` : action.kind));

const controls = () => ({ report: () => {}, signal: new AbortController().signal });

await describeStack("a service that is added as the README says", () => {
  let stack: Stack;
  const options = (services = withFixture()) => ({
    stack: stack.name,
    profile: stack.profile,
    registry: services,
    provision: false,
    images: "debian" as const,
    confirm: async () => true,
  });
  const bringUp = (services = withFixture()): Promise<Up> =>
    up(options(services), controls(), async (running) => running);
  beforeAll(async () => {
    stack = await makeStack(profileOf("{ slots: 16 }"));
  });
  afterAll(() => stack.close());

  describe("and that a run is killed while its server issues a credential", () => {
    test("must lose nothing where the credential was not kept yet: it is issued again", async () => {
      await expect(bringUp(withFixture(killedAtKeep("before")))).rejects.toMatchObject({ code: "INTERRUPTED" });
      await expect(stat(stack.file("secrets", "fixture.token"))).rejects.toThrow();
    });

    test("must lose nothing where it was kept and not used: what was kept is used", async () => {
      await expect(bringUp(withFixture(killedAtKeep("after")))).rejects.toMatchObject({ code: "INTERRUPTED" });
      const kept = await readFile(stack.file("secrets", "fixture.token"), "utf8");
      const running = await bringUp();
      expect(preparedOf(running, "fixture")).toEqual(["used the token"]);
      expect(await readFile(stack.file("secrets", "fixture.token"), "utf8")).toBe(kept);
      expect((await stat(stack.file("secrets", "fixture.token"))).mode & 0o777).toBe(0o600);
    });
  });

  test("must read back what the profile says, and need nothing the second time", async () => {
    const running = await bringUp();
    expect(actionsOf(running)).toEqual([]);
    expect(running.result.starts.flatMap(({ prepared }) => prepared)).toEqual([]);
    expect(running.used.observation.effective.get("fixture")?.get("slots")).toEqual({ value: 16 });
    expect(running.result.proof.containers).toBe(2);
    const { plan } = await planUp(options());
    expect(plan.actions).toEqual([]);
  });

  test("must have what it wants of its neighbour, and no credential that is not its own", async () => {
    const { used: running } = await bringUp();
    const reach = { ...running.world, containers: byInstance(running.observation.containers) };
    const targets = (name: string): readonly Target[] => {
      const service = running.desired.services.find((each) => each.name === name);
      return (service && targetsOf(service, reach)) ?? expect.fail(`${name} does not run`);
    };
    const [own, server] = [targets("fixture")[0], targets("postgres")[0]];
    if (!own || !server) throw new Error("no targets");
    const target = { ...server, credentials: own.credentials };
    const Row = z.object({ owner: z.string(), monitors: z.boolean() });
    const query =
      "select pg_get_userbyid(datdba) as owner, pg_has_role('pg_monitor', 'member') as monitors from pg_database where datname = current_database()";
    const login = { target, database: "fixture", credential: ["fixture", "owner"] } as const;
    expect(await withClient(login, (client) => rows(client, Row, query))).toEqual([
      { owner: "fixture", monitors: true },
    ]);
    expect(() => own.credentials("postgres", "admin")).toThrow("fixture may not use the credential postgres.admin");
    expect(() => server.credentials("fixture", "owner")).toThrow("postgres may not use the credential fixture.owner");
  });

  test("must be offered to who collects, told by env, and work by status", async () => {
    const { used: running } = await bringUp();
    expect(offersOf(running.desired).metrics).toMatchObject([{ service: "fixture", host: "fixture", port: 8080 }]);
    const { variables } = await connectionUrls(options());
    const url = new URL(variables["FIXTURE_URL"] ?? expect.fail("no URL"));
    expect(await (await fetch(`http://${url.host}/metrics`)).text()).toBe("fixture_slots 16\n");
    const { state, services } = await stackStatus(options());
    expect({ state, works: services.map(({ works }) => works) }).toEqual({ state: "up", works: [true, true] });
  });

  test("must be changed live where its setting can be, and the same container runs on", async () => {
    const before = await stack.seen();
    await stack.setProfile(profileOf("{ slots: 32 }"));
    const running = await bringUp();
    expect(actionsOf(running)).toEqual(["apply-settings fixture"]);
    expect(running.used.observation.effective.get("fixture")?.get("slots")).toEqual({ value: 32 });
    expect(await stack.seen()).toEqual(before);
    expect(actionsOf(await bringUp())).toEqual([]);
  });

  test("must be restarted where its setting needs that, with its data and its credential", async () => {
    const before = await stack.seen();
    await stack.setProfile(profileOf("{ slots: 32, settings: { heap: 48 MiB } }"));
    const running = await bringUp();
    expect(actionsOf(running)).toEqual(["restart-container fixture"]);
    expect(preparedOf(running, "fixture")).toEqual([]);
    const after = await stack.seen();
    expect(after["fixture"]?.id).toBe(before["fixture"]?.id);
    expect(after["fixture"]?.startedAt).not.toBe(before["fixture"]?.startedAt);
    expect(actionsOf(await bringUp())).toEqual([]);
  });

  test("must be stopped before what it wants something of", async () => {
    const order: string[] = [];
    const report = (event: { readonly kind: string; readonly title?: string }) => {
      if (event.kind === "step-started" && event.title !== undefined) order.push(event.title);
    };
    await takeDown(
      { ...options(), machine: false, confirm: async () => true },
      { report, signal: new AbortController().signal },
    );
    expect(order).toEqual(["stop fixture", "stop postgres"]);
  });
});
