import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Action } from "../../stack/core/plan/action.ts";
import type { Desired } from "../../stack/core/desire/desire.ts";
import { refuseTakenPorts, takenPorts } from "../../stack/converge/ports.ts";
import { containerOf } from "../support/core/container.ts";
import { fakeEngine } from "../support/fakes/engine.ts";
import { fakeRuntime } from "../support/fakes/runtime.ts";
import { desiredOf, profileOf } from "../support/core/stack.ts";

/** A process of its own that listens on a port which the system chose. */
const LISTENER = `
  const server = require("node:net").createServer();
  server.listen(0, "127.0.0.1", () => process.stdout.write(String(server.address().port)));
`;

const HERE = fakeRuntime(fakeEngine());

let child: ChildProcess;
let port = 0;
let desired: Desired;

beforeEach(async () => {
  child = spawn(process.execPath, ["-e", LISTENER], { stdio: ["ignore", "pipe", "inherit"] });
  if (!child.stdout) throw new Error("the listener has no output");
  const data: readonly unknown[] = await once(child.stdout, "data");
  port = Number(String(data[0]));
  desired = desiredOf(profileOf({ services: { store: {} }, portOffset: port - 7000 }));
});
afterEach(async () => {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
});

const create: Action = { kind: "create-container", service: "store", instance: "store-1", cause: "no container" };

describe("a port that another process listens on", () => {
  test("must be refused before a container is made, with the process and its id", async () => {
    const { pid } = child;
    await expect(refuseTakenPorts(HERE, desired, { containers: [], actions: [create] })).rejects.toMatchObject({
      code: "PORT_TAKEN",
      exitCode: 1,
      what: "A port that the stack publishes is taken",
      why: `${port} (for store-1) by node (pid ${pid})`,
      details: { taken: [{ port, instance: "store-1", by: `node (pid ${pid})` }] },
    });
  });

  test("must not matter to a plan that makes no container", async () => {
    const actions: Action[] = [
      { kind: "write-file", path: "compose.yaml", keepCopy: false, cause: "it does not exist" },
      { kind: "apply-settings", service: "store", instance: "store-1", changes: [], cause: "other values" },
    ];
    await expect(refuseTakenPorts(HERE, desired, { containers: [], actions })).resolves.toBeUndefined();
  });

  test("must not be taken when it is the stack's own container that holds it", async () => {
    const own = [containerOf({ ports: [{ container: 7000, host: port, address: "127.0.0.1" }] })];
    expect(
      await takenPorts(
        HERE,
        desired.services.flatMap(({ instances }) => instances),
        own,
      ),
    ).toEqual([]);
  });

  test("must be free again when that process ended", async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
    await expect(refuseTakenPorts(HERE, desired, { containers: [], actions: [create] })).resolves.toBeUndefined();
  });
});
