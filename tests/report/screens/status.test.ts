import { describe, expect, test } from "vitest";
import type { StackStatus } from "../../../stack/core/results/commands/status.ts";
import { mib } from "../../../stack/core/units.ts";
import { statusDocument } from "../../../stack/report/documents/documents.ts";
import { statusDocumentOf, statusExitCode, statusText } from "../../../stack/report/screens/status.ts";

const IMAGE = { reference: "plumbline/store:8.0", source: "debian" } as const;
const LIMITS = { memoryBytes: mib(128), cpus: 0.5 };

const UP: StackStatus = {
  stack: "test",
  profile: "minimal",
  runtime: "engine",
  engine: "unix:///var/run/docker.sock",
  state: "up",
  reason: undefined,
  services: [
    {
      name: "store",
      works: true,
      reason: undefined,
      version: "8.0.2",
      image: IMAGE,
      limits: LIMITS,
      instances: [
        {
          name: "store-1",
          state: "running",
          effective: LIMITS,
          endpoints: [{ name: "client", host: "127.0.0.1", port: 16379 }],
        },
      ],
    },
  ],
  others: [],
  notes: [],
};
const NO_LIMIT = {};

describe("status", () => {
  test("shows health, version, address, effective limits and the image's source on one line", () => {
    const line = statusText(UP, false)
      .split("\n")
      .find((text) => text.startsWith("store-1"));
    expect(line?.split(/\s{2,}/)).toEqual([
      "store-1",
      "works",
      "running",
      "8.0.2",
      "127.0.0.1:16379",
      "128 MiB, 0.5 cpus",
      "debian",
    ]);
  });

  test("names the program that stands in for another", () => {
    const services = UP.services.map((service) => ({ ...service, image: { ...IMAGE, standIn: "OtherStore" } }));
    expect(statusText({ ...UP, services }, false)).toContain("8.0.2 (OtherStore)");
    expect(statusDocument.parse(statusDocumentOf({ ...UP, services })).services[0]?.image).toEqual({
      reference: IMAGE.reference,
      source: "debian",
      standIn: "OtherStore",
    });
  });

  test("names all services with packages that are too old on one line, with what to do", () => {
    const old = "its packages were taken 90 days ago: `npm run up -- --refresh` takes those of today";
    const image = { ...IMAGE, builtOn: "2026-09-01", indexDate: "2026-08-31", old };
    const services = UP.services.flatMap((service) => [
      { ...service, image },
      { ...service, name: "cache", image },
    ]);
    const text = statusText({ ...UP, services }, false);
    expect(text.split("\n").filter((line) => line.includes("90 days"))).toEqual([`! image of store, cache: ${old}`]);
    expect(statusDocument.parse(statusDocumentOf({ ...UP, services })).services[0]?.image).toEqual(image);
  });

  test("says what the profile's own settings put at risk, and what up refuses", () => {
    const notes = ["mine.yaml:4:20: services.store.settings.size: found 8 GiB, expected 1 GiB; `up` refuses it"];
    expect(statusText({ ...UP, notes }, false)).toContain(`\n! ${notes[0]}`);
    expect(statusDocument.parse(statusDocumentOf({ ...UP, notes })).notes).toEqual(notes);
  });

  test("a stack that is up is not told how to come up", () => {
    expect(statusText(UP, false)).not.toContain("npm run up");
  });

  test("a stack that is down says why, and still what it would be", () => {
    const [service] = UP.services;
    const down: StackStatus = {
      ...UP,
      runtime: undefined,
      engine: undefined,
      state: "down",
      reason: "the machine is stopped",
      services: service ? [{ ...service, works: false, version: undefined, image: undefined, instances: [] }] : [],
    };
    expect(statusText(down, false)).toMatch(/is down: the machine is stopped\.[^]*npm run up/);
    expect(statusDocument.parse(statusDocumentOf(down))).toMatchObject({
      state: "down",
      reason: "the machine is stopped",
    });
  });

  test("a stack about which nothing is known says so with the reason, as text, as a document and by the exit code", () => {
    const reason = "engine: unix:///dead.sock: ECONNREFUSED";
    const services = UP.services.map((service) => ({
      ...service,
      works: false,
      instances: service.instances.map(({ name, endpoints }) => ({ name, endpoints, state: "unknown" })),
    }));
    const unknown: StackStatus = { ...UP, state: "unknown", reason, services };
    const text = statusText(unknown, false);
    expect(text.split("\n")[0]).toBe(`The state of the stack test with the profile minimal is unknown: ${reason}.`);
    expect(text).toMatch(/^store-1 +unknown +unknown/m);
    expect(text).not.toContain("npm run up");
    expect(statusDocument.parse(statusDocumentOf(unknown))).toMatchObject({ state: "unknown", reason });
    expect([statusExitCode(unknown), statusExitCode({ ...unknown, state: "down" })]).toEqual([1, 0]);
  });

  test("what does not work is named with its reason, and so is what the profile does not have", () => {
    const [service] = UP.services;
    const partly: StackStatus = {
      ...UP,
      state: "partly up",
      services: service ? [{ ...service, works: false, reason: "NOAUTH" }] : [],
      others: [{ instance: "queue", state: "running" }],
    };
    const text = statusText(partly, false);
    expect(text).toContain("store: NOAUTH");
    expect(text).toContain("queue (running) is not in the profile");
    expect(statusDocument.parse(statusDocumentOf(partly)).others).toEqual([{ instance: "queue", state: "running" }]);
  });

  test("what servers say is no command to the terminal", () => {
    const [service] = UP.services;
    if (!service) throw new Error("no fixture");
    const hostile: StackStatus = {
      ...UP,
      state: "partly up",
      reason: "\u001B]0;title\u0007",
      services: [{ ...service, works: false, reason: "\u001B[2J", version: "8.0\u009B2J" }],
      others: [{ instance: "queue\r", state: "running" }],
    };
    expect(statusText(hostile, false)).not.toMatch(/[^\P{Cc}\n]/u);
    const coloured = statusText(hostile, true);
    expect(coloured).toContain("store: \uFFFD[2J");
    expect(coloured.replaceAll("\u001B[33m", "").replaceAll("\u001B[39m", "")).not.toMatch(/[^\P{Cc}\n]/u);
  });

  test("a limit that the kernel does not have is absent from the document, and said in the text", () => {
    const [service] = UP.services;
    const [instance] = service?.instances ?? [];
    if (!service || !instance) throw new Error("no fixture");
    const open: StackStatus = { ...UP, services: [{ ...service, instances: [{ ...instance, effective: NO_LIMIT }] }] };
    const document = statusDocument.parse(JSON.parse(JSON.stringify(statusDocumentOf(open))));
    expect(document.services[0]?.instances[0]?.effective).toEqual({});
    expect(statusText(open, false)).toContain("no memory limit, all cpus");
  });
});
