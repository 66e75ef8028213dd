import { describe, expect, test } from "vitest";
import { saveForEnd, unsavedIn, whyUnsaved } from "../../../../stack/services/redis/persistence/unsaved.ts";
import { Server } from "../../../support/fakes/redis-store.ts";

const LOG = new Map([
  ["appendonly", "yes"],
  ["save", ""],
]);
const SNAPSHOTS = new Map([
  ["appendonly", "no"],
  ["save", "60 1"],
]);
const NOTHING = new Map([
  ["appendonly", "no"],
  ["save", ""],
]);
const limit = () => ({ end: performance.now() + 5_000 });

/** A server with the log, which a person has closed; it has got a write since. */
function closedByHand(): Server {
  const server = new Server("yes");
  Object.assign(server, { appendonly: "no", save: "", writes: 2 });
  return server;
}

describe("data in memory", () => {
  test.each([
    ["a log that a person has closed", { mark: "log", appendonly: "no", save: "" }, SNAPSHOTS],
    ["a log that a person has opened", { mark: "snapshot", appendonly: "yes", save: "60 1" }, LOG],
    ["a change that was cut off", { mark: "to-log", appendonly: "yes", save: "" }, LOG],
    ["no persistence until now", { mark: "snapshot", appendonly: "no", save: "" }, LOG],
    ["save points that a person has removed", { mark: "snapshot", appendonly: "no", save: "" }, SNAPSHOTS],
    ["a volume without a mark", { mark: undefined, appendonly: "yes", save: "" }, LOG],
  ] as const)("would be lost with %s", (_, kept, wanted) => {
    expect(whyUnsaved(kept, wanted)).toBeDefined();
  });

  test.each([
    ["the log", { mark: "log", appendonly: "yes", save: "" }, LOG],
    ["the log and a profile that wants snapshots", { mark: "log", appendonly: "yes", save: "" }, SNAPSHOTS],
    ["save points", { mark: "snapshot", appendonly: "no", save: "60 1" }, LOG],
    ["no persistence, as the profile wants it", { mark: "snapshot", appendonly: "no", save: "" }, NOTHING],
  ] as const)("are found again with %s", (_, kept, wanted) => {
    expect(whyUnsaved(kept, wanted)).toBeUndefined();
  });

  test("must survive the end of a server whose log a person has closed, with the writes until then", async () => {
    const server = closedByHand();
    expect(await unsavedIn(server, LOG)).toMatch(/log is closed, .* the volume|log is closed, and the next start/);
    await saveForEnd(server, limit());
    server.writes = 3;
    server.stop();
    expect(server.served()).toBe(3);
    expect(await unsavedIn(server, LOG)).toBeUndefined();
  });

  test("must not be fewer than before, whenever the server or the run is killed meanwhile", async () => {
    for (let requests = 0; ; requests += 1) {
      const server = closedByHand();
      server.left = requests;
      const ended = await saveForEnd(server, limit()).then(
        () => true,
        () => false,
      );
      expect(server.served(), `after ${requests} requests`).toBeGreaterThanOrEqual(ended ? 2 : 1);
      if (ended) break;
      expect(requests).toBeLessThan(100);
    }
  });

  test("must be in the log that a person has opened", async () => {
    const server = new Server("no");
    Object.assign(server, { appendonly: "yes", log: 2, writes: 2 });
    expect(server.served()).toBe(0);
    await saveForEnd(server, limit());
    expect(server).toMatchObject({ marked: "log", log: 2 });
  });

  test("must be in the form that the running server has, where no mark says it", async () => {
    for (const appendonly of ["yes", "no"] as const) {
      const server = new Server(appendonly);
      Object.assign(server, { marked: undefined, log: 2, dump: 1, writes: 2 });
      if (appendonly === "no") server.log = 0;
      await saveForEnd(server, limit());
      server.stop();
      expect(server.served()).toBe(2);
    }
  });

  test("must be kept by a server that cannot write them", async () => {
    const server = closedByHand();
    server.fails = "dump";
    await expect(saveForEnd(server, limit())).rejects.toThrow(/snapshot could not be written/);
    expect(await unsavedIn(server, LOG)).toBeDefined();
  });
});
