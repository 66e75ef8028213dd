import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { ensurePorts } from "../../../stack/commands/request/free-ports.ts";
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

/** Asks for the one port of the service `store` in a Colima machine. */
async function ensured({ runtime }: Awaited<ReturnType<typeof scene>>, port: number, cpuTimes: readonly string[] = []) {
  const events: Progress[] = [];
  const engine = fakeEngine({ cpuTimes: cpuTimes.map((name) => ({ id: name, name, cpuS: 1 })) });
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
      await expect.poll(async () => (await ensured(found, port).catch(() => [])).length).toBeGreaterThan(0);
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
