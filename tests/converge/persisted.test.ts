import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { converge } from "../../stack/converge/converge.ts";
import { resetPersisted } from "../../stack/converge/persisted.ts";
import { PlumblineError } from "../../stack/core/errors.ts";
import { registry } from "../../stack/services/index.ts";
import { desiredOf, profileOf } from "../support/core/stack.ts";
import { engineOf, executorWorld, withClients } from "../support/fakes/executor.ts";
import { World } from "../support/fakes/world.ts";

const FILE = "/var/lib/postgresql/pgdata/postgresql.auto.conf";

type Reset = Parameters<typeof resetPersisted>[0];

let root = "";
beforeEach(async () => {
  root = await mkdtemp(`${tmpdir()}/plumbline-persisted-`);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** As the engine calls containers whose file system it has taken away. */
const FILELESS = ["gone", "dead", "removing"];

/** PostgreSQL in memory, brought up once. Its volume is its container's. */
async function running(file = FILE) {
  const world = new World();
  const desired = desiredOf(profileOf({ services: { postgres: {} }, portOffset: 23_000 }), { registry });
  const inMemory = engineOf(world);
  const engine = {
    ...inMemory,
    effectiveLimits: async () => ({ ...share }),
    readFile: async (id: string, path: string) => {
      const { state = "gone" } = world.containers.get(id) ?? {};
      if (FILELESS.includes(state)) throw new Error(`the container ${id} is ${state}: it has no files`);
      return inMemory.readFile(id, path);
    },
  };
  const share = desired.services[0]?.share ?? expect.fail("no service");
  const input = {
    world: executorWorld(world, desired, { engine, root }),
    desired: withClients(world, desired),
    report: () => {},
    signal: new AbortController().signal,
    beforeStart: async () => undefined,
  };
  await converge(input);
  const key = () => `${world.find("postgres")?.id ?? ""} ${file}`;
  return {
    world,
    hold: (text: string) => void engine.world.files.set(key(), text),
    held: () => engine.world.files.get(key()),
    copies: () => [...engine.world.files].filter(([name]) => name.includes(".before-")).map(([, text]) => text),
    up: () => converge(input),
    reset: (action: Reset) => {
      const containers = new Map([["postgres", world.find("postgres") ?? expect.fail("no container")]]);
      return resetPersisted(action, { world: input.world, desired: input.desired, containers });
    },
  };
}

/** Servers that end as long as their file holds `cause`, with `words` as their last. */
function endingWith(stack: Awaited<ReturnType<typeof running>>, cause: string, words: string) {
  stack.world.intercept = (event) => {
    if (event !== "connect postgres" || !(stack.held() ?? "").includes(cause)) return;
    stack.world.change("postgres", { state: "exited", exitCode: 1 });
    const details = { instance: "postgres", lastLines: [words] };
    throw new PlumblineError("SERVICE_EXITED", { what: "it ended", why: words, fix: "none", details });
  };
}

describe("a server that ends because of what it has persisted", () => {
  test("must be mended in the same run where its last words name the setting, with a copy of the file", async () => {
    const stack = await running();
    const text = "log_min_messages = 'info'\nlocal_preload_libraries = 'no_such_library'\n";
    stack.hold(text);
    stack.world.change("postgres", { state: "exited", exitCode: 1 });
    endingWith(stack, "no_such", 'FATAL: could not access file "no_such_library"');
    const { done } = await stack.up();
    expect(done.map(({ kind }) => kind)).toContain("reset-persisted");
    expect(stack.held()).toBe("log_min_messages = 'info'\n");
    expect(stack.copies()).toEqual([text]);
    expect((await stack.up()).plan.actions).toEqual([]);
  });

  test("must be mended for each setting that it names after the other", async () => {
    const stack = await running();
    stack.hold("first_library = 'one_library'\nsecond_library = 'two_library'\n");
    stack.world.change("postgres", { state: "exited", exitCode: 1 });
    stack.world.intercept = (event) => {
      const [name] = /\w+_library(?=')/.exec(stack.held() ?? "") ?? [];
      if (event !== "connect postgres" || name === undefined) return;
      stack.world.change("postgres", { state: "exited", exitCode: 1 });
      const details = { instance: "postgres", lastLines: [`FATAL: could not load ${name}`] };
      throw new PlumblineError("SERVICE_EXITED", { what: "it ended", why: "", fix: "none", details });
    };
    await stack.up();
    expect(stack.held()).toBe("");
  });

  test("must keep what it holds, and report its own words, where they name nothing of it", async () => {
    const stack = await running();
    stack.hold("log_min_messages = 'info'\n");
    stack.world.change("postgres", { state: "exited", exitCode: 1 });
    endingWith(stack, "log_min", "FATAL: something else");
    await expect(stack.up()).rejects.toMatchObject({ code: "SERVICE_EXITED", why: "FATAL: something else" });
    expect(stack.held()).toBe("log_min_messages = 'info'\n");
    expect(stack.copies()).toEqual([]);
  });

  test("must be given up where it ends all the same", async () => {
    const stack = await running();
    stack.hold("shared_buffers = '100GB'\n");
    stack.world.intercept = (event) => {
      if (event !== "connect postgres") return;
      stack.world.change("postgres", { state: "exited", exitCode: 1 });
      const details = { instance: "postgres", lastLines: ["FATAL: shared_buffers"] };
      throw new PlumblineError("SERVICE_EXITED", { what: "it ended", why: "", fix: "none", details });
    };
    stack.world.change("postgres", { state: "exited", exitCode: 1 });
    await expect(stack.up()).rejects.toMatchObject({ code: "SERVICE_EXITED" });
    expect(stack.held()).toBe("");
  });
});

describe("a damaged file of a server's own", () => {
  const PID = "/var/lib/postgresql/pgdata/postmaster.pid";

  test("must be mended before a stopped server is started, with a copy, and named", async () => {
    const stack = await running(PID);
    stack.hold("");
    stack.world.change("postgres", { state: "exited", exitCode: 1 });
    const { plan } = await stack.up();
    expect(plan.actions.slice(0, 2)).toMatchObject([
      { kind: "reset-persisted", path: PID, cause: "postmaster.pid names no process, and the server refuses it" },
      { kind: "start-container" },
    ]);
    expect(stack.held()).toBe("1\n");
    expect(stack.copies()).toEqual([""]);
    expect((await stack.up()).plan.actions).toEqual([]);
  });

  test("must be mended in the same run where it is found after the server has ended", async () => {
    const stack = await running(PID);
    stack.world.change("postgres", { state: "exited", exitCode: 1 });
    let starts = 0;
    stack.world.intercept = (event) => {
      if (event !== "connect postgres" || starts > 0) return;
      starts += 1;
      stack.hold("garbage\n");
      stack.world.change("postgres", { state: "exited", exitCode: 1 });
      const details = { instance: "postgres", lastLines: ["FATAL: bogus data in lock file"] };
      throw new PlumblineError("SERVICE_EXITED", { what: "it ended", why: "", fix: "none", details });
    };
    const { done } = await stack.up();
    expect(done.map(({ kind }) => kind)).toContain("reset-persisted");
    expect(stack.held()).toBe("1\n");
  });

  test("must not be touched while its server runs, which may be writing it", async () => {
    const stack = await running(PID);
    stack.hold("");
    expect((await stack.up()).plan.actions).toEqual([]);
    expect(stack.held()).toBe("");
  });

  test.for(["dead", "removing"] as const)("is in no container that is %s, which is made anew", async (state) => {
    const stack = await running(PID);
    stack.world.change("postgres", { state });
    const { done } = await stack.up();
    expect(done.map(({ kind }) => kind)).toContain("recreate-container");
    expect((await stack.up()).plan.actions).toEqual([]);
  });

  const mend: Reset = {
    kind: "reset-persisted",
    service: "postgres",
    instance: "postgres",
    path: PID,
    names: [],
    by: "file",
    sound: "1\n",
    cause: "it was damaged",
  };

  test.for(["exited", "running"] as const)("must be kept where it was mended meanwhile: %s", async (state) => {
    const stack = await running(PID);
    stack.world.change("postgres", { state });
    stack.hold("1234\n/var/lib/postgresql/pgdata\n");
    await stack.reset(mend);
    expect(stack.held()).toBe("1234\n/var/lib/postgresql/pgdata\n");
    expect(stack.copies()).toEqual([]);
  });

  test.for(["running", "paused"] as const)("must be kept where its server was started meanwhile: %s", async (state) => {
    const stack = await running(PID);
    stack.world.change("postgres", { state });
    stack.hold("");
    await expect(stack.reset(mend)).rejects.toMatchObject({ code: "NOT_CONVERGED", details: { instance: "postgres" } });
    expect(stack.held()).toBe("");
    expect(stack.copies()).toEqual([]);
  });
});

test("a file in which somebody has set nothing any more must be kept, without a copy", async () => {
  const stack = await running();
  stack.hold("log_min_messages = 'info'\n");
  const names = ["shared_buffers"];
  const on = { service: "postgres", instance: "postgres" };
  await stack.reset({ kind: "reset-persisted", ...on, path: FILE, names, by: "file", cause: "it was set" });
  expect(stack.held()).toBe("log_min_messages = 'info'\n");
  expect(stack.copies()).toEqual([]);
});
