import { describe, expect, test } from "vitest";
import { pullImage, registryProbe } from "../../stack/images/registry.ts";
import type { PullEvent } from "../../stack/core/machine/engine.ts";
import { fakeEngine } from "../support/fakes/engine.ts";
import { containing } from "../support/images/matching.ts";

const never = new AbortController().signal;

describe("A registry is asked", () => {
  test("once for the whole run where none answers", async () => {
    const store = fakeEngine().images;
    store.outage = "no such host";
    const ask = registryProbe(store);
    const answers = await Promise.all(["a:1", "b:1", "c:1"].map((reference) => ask(reference, never)));
    expect(answers.map(({ kind }) => kind)).toEqual(["unreachable", "unreachable", "unreachable"]);
    expect(store.asked).toEqual(["a:1"]);
  });

  test("for every image where it answers, also when the first is unknown to it", async () => {
    const store = fakeEngine().images;
    store.registry.add("b:1");
    const ask = registryProbe(store);
    expect(await ask("a:1", never)).toEqual({ kind: "absent", reason: "manifest unknown" });
    expect(await ask("b:1", never)).toEqual({ kind: "present" });
  });

  test("on its own: one that is down says nothing of another", async () => {
    const store = fakeEngine().images;
    const ask = registryProbe({
      ask: async (reference, signal) =>
        reference.startsWith("down.example/")
          ? { kind: "unreachable", reason: "refused" }
          : store.ask(reference, signal),
    });
    store.registry.add("up.example/a:1");
    expect((await ask("down.example/a:1", never)).kind).toBe("unreachable");
    expect((await ask("up.example/a:1", never)).kind).toBe("present");
  });
});

/** An engine that counts down to its own next try, until it is told to end. */
function waiting(_reference: string, event: (event: PullEvent) => void, signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    event({ id: "a", status: "Retrying in 5 seconds" });
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

describe("A pull", () => {
  test("tells how far it is", async () => {
    const lines: string[] = [];
    expect(await pullImage(fakeEngine().images, "a:1", (line) => lines.push(line), never)).toEqual({ ok: true });
    expect(lines).toEqual(["1 MiB of 4 MiB", "4 MiB pulled, unpacking"]);
  });

  test("is tried again after a cut connection", async () => {
    const store = fakeEngine().images;
    store.pullFailures.push("unexpected EOF");
    expect(await pullImage(store, "a:1", () => {}, never)).toEqual({ ok: true });
    expect([...store.images.keys()]).toEqual(["a:1"]);
  });

  test("ends at once where another try cannot help", async () => {
    const store = fakeEngine().images;
    store.pullFailures.push("manifest unknown", "unexpected EOF");
    expect(await pullImage(store, "a:1", () => {}, never)).toEqual({ ok: false, reason: "manifest unknown" });
    expect(store.pullFailures).toEqual(["unexpected EOF"]);
  });

  test("ends early where the engine waits for a registry that is gone", async () => {
    const store = fakeEngine().images;
    store.outage = "connection refused";
    expect(await pullImage({ ...store, pull: waiting }, "a:1", () => {}, never)).toEqual({
      ok: false,
      reason: "the registry stopped answering: connection refused",
    });
  });

  test("that fills the disk is an error that says so", async () => {
    const store = fakeEngine().images;
    store.pullFailures.push("write /var/lib/docker/tmp/x: no space left on device");
    await expect(pullImage(store, "a:1", () => {}, never)).rejects.toMatchObject({
      code: "DISK_FULL",
      fix: containing("docker system df"),
    });
  });
});
