import { expect, test } from "vitest";
import type { ObservedContainer } from "../../stack/core/machine/facts.ts";
import type { KnownFailure } from "../../stack/core/service/service.ts";
import { exitError } from "../../stack/converge/exited.ts";
import type { Setting } from "../../stack/core/service/setting.ts";
import { containerOf } from "../support/core/container.ts";

const container = (parts: Partial<ObservedContainer> = {}) => containerOf({ state: "exited", exitCode: 1, ...parts });

const failures: readonly KnownFailure[] = [
  { pattern: /volume incomplete/, code: "VOLUME_INCOMPLETE", what: "the volume is incomplete", fix: "restore it" },
  { pattern: /No space left/, code: "DISK_FULL", what: "the disk is full", fix: "free some" },
];

test("a container that exited must show its code and its last lines, and where all of them are", () => {
  const error = exitError(container({ exitCode: 3 }), ["starting", "cannot go on"], failures);
  expect(error).toMatchObject({
    code: "SERVICE_EXITED",
    what: "store-1 exited with code 3 while it was waited for",
    why: "starting\ncannot go on",
    details: { instance: "store-1", exitCode: 3, outOfMemory: false, lastLines: ["starting", "cannot go on"] },
  });
  expect(error.fix).toContain("npm run logs -- store-1");
});

test("a container that said nothing must be reported as that", () => {
  const { exitCode: _, ...unknown } = container();
  expect(exitError(unknown, [], failures)).toMatchObject({
    what: "store-1 exited with code unknown while it was waited for",
    why: "it wrote no log line",
  });
});

test("a line with a known meaning must give its code, what it means and how to fix it", () => {
  expect(exitError(container(), ["volume incomplete: /data", "exiting"], failures)).toMatchObject({
    code: "VOLUME_INCOMPLETE",
    what: "store-1: the volume is incomplete",
    why: "volume incomplete: /data\nexiting",
    fix: "restore it",
  });
});

test("the last line with a known meaning must count: what came before may have been repaired", () => {
  const lines = ["volume incomplete: retrying", "write: No space left on device"];
  expect(exitError(container(), lines, failures).code).toBe("DISK_FULL");
});

test("a meaning must be looked for at the beginning of a line, however long it is", () => {
  // Starts over at each of a million characters, and reads to the end each time: half an hour.
  const slow: KnownFailure = { pattern: /a.*b$/, code: "DISK_FULL", what: "the disk is full", fix: "free some" };
  const long = "a".repeat(1_000_000);
  expect(exitError(container(), [`volume incomplete: ${long}`], [slow, ...failures]).code).toBe("VOLUME_INCOMPLETE");
  expect(exitError(container(), [long], [slow, ...failures]).code).toBe("SERVICE_EXITED");
});

test("lines without end must be cut in what is shown, and their end must not be searched", () => {
  const long = `${"x".repeat(327_000)} volume incomplete`;
  const cut = `${"x".repeat(2000)} … cut after 2000 characters`;
  const error = exitError(container(), ["starting", long], failures);
  expect(error).toMatchObject({ code: "SERVICE_EXITED", why: `starting\n${cut}` });
  expect(error.details["lastLines"]).toEqual(["starting", cut]);
});

test("a container that the kernel ended must be told from one that gave up, unless its log knows better", () => {
  const killed = container({ exitCode: 137, outOfMemory: true });
  expect(exitError(killed, ["working"], failures)).toMatchObject({
    code: "SERVICE_EXITED",
    what: "store-1 was ended by the kernel: its memory limit was reached",
  });
  expect(exitError(killed, ["No space left"], failures).code).toBe("DISK_FULL");
});

const given = (name: string, value: string | number, place = "mine.yaml:12:7"): Setting => ({
  name,
  value,
  unit: "text",
  takes: "restart",
  because: { formula: "", inputs: {}, source: "" },
  given: place,
});

test.for<readonly [what: string, line: string, setting: Setting]>([
  ["an unknown value", 'FATAL: invalid value for parameter "wal_level": "all"', given("wal_level", "all")],
  [
    "a library that is not there",
    'FATAL: could not access file "no_such_lib": No such file',
    given("shared_preload_libraries", "no_such_lib"),
  ],
  ["another spelling", "[ERROR] unknown variable 'max-allowed-packet=x'", given("max_allowed_packet", "x")],
  ["a name with dots", "Error: invalid channel.max of 3", given("channel.max", 3)],
])("a setting of the profile that the server refuses must be named with its place: %s", ([, line, setting]) => {
  const error = exitError(container(), ["starting", line], failures, [given("maxmemory", 1, "mine.yaml:3:3"), setting]);
  expect(error).toMatchObject({
    code: "SERVICE_EXITED",
    what: `store-1 does not start with ${setting.name} = ${setting.value} from the profile`,
    fix: `Correct or remove what the profile gives at mine.yaml:12:7: services.store.settings.${setting.name}`,
    details: { settings: [setting.name] },
  });
});

test("a setting of the profile must not be blamed for what has another cause, or is only mentioned", () => {
  const settings = [given("wal_level", "logical")];
  expect(exitError(container(), ["error: No space left for wal_level"], failures, settings).code).toBe("DISK_FULL");
  for (const line of ["checkpoint: wal_level is logical", "FATAL: my_wal_levels", "FATAL: wal_level_2"])
    expect(exitError(container(), [line], failures, settings).what).toContain("exited with code 1");
  const computed = {
    name: "wal_level",
    value: "x",
    unit: "text",
    takes: "live",
    because: given("", "").because,
  } as const;
  expect(exitError(container(), ["FATAL: wal_level"], failures, [computed]).what).toContain("exited with code 1");
});
