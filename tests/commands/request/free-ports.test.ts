import { once } from "node:events";
import { connect, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { ensurePorts } from "../../../stack/commands/request/free-ports.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import type { Engine } from "../../../stack/core/machine/engine.ts";
import type { Progress } from "../../../stack/core/progress.ts";
import { CREATE, PROFILE, containing, scene } from "../../support/colima/scene.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";
import { sizedOf } from "../../support/core/stack.ts";

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A port of this process, open or closed again. */
async function portOf({ open }: { readonly open: boolean }): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  if (open) servers.push(server);
  else {
    server.close();
    await once(server, "close");
  }
  return port;
}

/** Resolves whether something listens on a port of this computer. */
async function stateOf(port: number): Promise<"open" | "closed"> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return "open";
  } catch {
    return "closed";
  } finally {
    socket.destroy();
  }
}

/** Asks for the one port of the service `store` in a Colima machine. */
async function ensured({ runtime }: Awaited<ReturnType<typeof scene>>, port: number, running: readonly string[] = []) {
  const engine = fakeEngine({ othersRunning: running.map((name) => ({ id: name, name })) });
  return ensuredOn(engine, runtime, port);
}

async function ensuredOn(
  engine: Pick<Engine, "containers" | "runningContainers">,
  runtime: Awaited<ReturnType<typeof scene>>["runtime"],
  port: number,
) {
  const events: Progress[] = [];
  const stack = { stack: "shop", profile: { portOffset: port - 7000 } };
  const signal = new AbortController().signal;
  await ensurePorts({ engine, runtime }, stack, sizedOf({ store: {} }), {
    report: (event) => events.push(event),
    signal,
  });
  return events;
}

describe.skipIf(process.platform !== "linux")(
  "a port that the machine's own forwarder holds",
  { timeout: 60_000 },
  () => {
    test("for a container that has exited is released by a start of the engine inside", async () => {
      const found = await scene();
      await found.apply(CREATE);
      const port = await portOf({ open: false });
      found.fake.inject({ kind: "stale-proxy", profile: PROFILE, port });
      const events = async () => (await ensured(found, port).catch(() => [])).length;
      await expect.poll(events, { timeout: 30_000 }).toBeGreaterThan(0);
      expect(await ensured(found, port)).toEqual([]);
      expect(found.fake.state(PROFILE).vm?.power).toBe("Running");
    });

    test("is refused while a container runs, without the advice to end the forwarder", async () => {
      const found = await scene();
      await found.apply(CREATE);
      const port = await portOf({ open: false });
      found.fake.inject({ kind: "stale-proxy", profile: PROFILE, port });
      await expect
        .poll(async () => ensured(found, port, ["other"]).catch((error: unknown) => error))
        .toMatchObject({
          code: "PORT_TAKEN",
          why: containing("the machine's own port forwarder, ssh (pid "),
          fix: containing("Do not end that process"),
        });
    });

    test("is not released while the engine cannot say which containers run", async () => {
      const found = await scene();
      await found.apply(CREATE);
      const port = await portOf({ open: false });
      found.fake.inject({ kind: "stale-proxy", profile: PROFILE, port });
      const failure = { what: "Could not list containers", why: "no answer within 15 s", fix: "Start it." };
      const runningContainers = () => Promise.reject(new PlumblineError("ENGINE_UNREACHABLE", failure));
      const engine = { ...fakeEngine(), runningContainers };
      await expect
        .poll(async () => ensuredOn(engine, found.runtime, port).catch((error: unknown) => error))
        .toMatchObject({ code: "ENGINE_UNREACHABLE" });
      await expect(stateOf(port)).resolves.toBe("open"); // the machine's forwarder still has it
    });
  },
);

test("a port of another program is refused with the advice to end it, and the machine is left alone", async () => {
  const found = await scene();
  await found.apply(CREATE);
  const port = await portOf({ open: true });
  await expect(ensured(found, port)).rejects.toMatchObject({
    code: "PORT_TAKEN",
    why: `${port} (for store-1) by node (pid ${process.pid})`,
    fix: containing("End that process"),
  });
});
