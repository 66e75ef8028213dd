import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { realHost } from "../../stack/host/host.ts";
import { fetchComposePlugin } from "../../stack/runtimes/provision/compose-plugin.ts";
import { provisionPlan } from "../../stack/runtimes/provision/index.ts";
import { colimaRuntime } from "../../stack/runtimes/colima/runtime.ts";
import { engineAddresses } from "../../stack/docker/address.ts";
import { engineRuntime } from "../../stack/runtimes/engine/runtime.ts";
import { colimaHost } from "../support/colima/host.ts";
import { runtimeContract } from "../contracts/runtime.ts";
import { FakeColima } from "../support/fake-colima/fake.ts";

const [found] = await engineAddresses(realHost());
const socket = found?.address.startsWith("unix://") ? found.address.slice("unix://".length) : undefined;

if (socket === undefined) {
  test.skip("the runtimes' contract on a real engine: no local engine answers here", () => {});
} else {
  runtimeContract("engine, a real one", async () => ({ runtime: engineRuntime(), remove: async () => {} }));
  runtimeContract("colima, with a real engine inside", async () => {
    const fake = await FakeColima.create({ engineSocket: socket });
    return {
      runtime: colimaRuntime({ stack: "contract", host: colimaHost(fake), folders: [] }),
      remove: () => fake.remove(),
    };
  });
}

describe("Compose from a newer Debian, for real", () => {
  test("a user without Compose gets one that works, in the user's own folder, and apt's own state is untouched", async (context) => {
    const home = await mkdtemp(join(tmpdir(), "plumbline-home-"));
    try {
      const host = realHost({ ...process.env, HOME: home, DOCKER_CONFIG: "" });
      const { steps } = await provisionPlan({ host, stateFolder: home, engine: false });
      const step = steps.find(({ kind }) => kind === "fetch-plugin");
      if (step?.kind !== "fetch-plugin") return context.skip("this system has Compose, or no Debian mirror is known");
      const lists = await host.list("/var/lib/apt/lists");
      await fetchComposePlugin(host, step, { line: () => {}, warn: () => {}, signal: new AbortController().signal });
      expect(await provisionPlan({ host, stateFolder: home, engine: false })).toEqual({ steps: [] });
      expect(await host.list("/var/lib/apt/lists")).toEqual(lists);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});
