/** What every service promises of its benchmark, where it has one. */
import { expect, test } from "vitest";
import type { ConfiguredService, Target } from "../../../stack/core/service/service.ts";
import { expectUnique } from "./unique.ts";

const unreachable = (instance: string): Target => ({
  instance,
  host: "127.0.0.1",
  port: () => 1,
  address: "127.0.0.1",
  neighbours: {},
  credentials: () => ({ user: "", password: "", scramSha256: "", sha256: "", saltedSha256: "" }),
  exec: () => Promise.reject(new Error("no scenario is opened here")),
});

export function scenarioContract(configured: ConfiguredService): void {
  test("has scenarios that say what an operation waits for, a durable write for the disk", async () => {
    const bench = (await configured.live()).bench?.(configured.instances.map(unreachable));
    if (!bench) return;
    expect(bench.openRoundTrip, "a smallest request").toBeDefined();
    for (const { name, effect, cost } of bench.scenarios) {
      expect(cost, name).toBeDefined();
      expect((cost?.syncs ?? 0) > 0, `${name}: syncs`).toBe(effect === "durable write");
    }
  });

  test("has scenarios with unique names that begin with the service's, and clients for each", async () => {
    const bench = (await configured.live()).bench?.(configured.instances.map(unreachable));
    expectUnique((bench?.scenarios ?? []).map(({ name }) => name));
    for (const { name, clients } of bench?.scenarios ?? []) {
      expect(name.startsWith(`${configured.name}/`), name).toBe(true);
      expect(clients, name).toBeGreaterThan(0);
    }
  });
}
