import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PlumblineError } from "../../stack/core/errors.ts";
import { listProfiles, readProfile } from "../../stack/records/profiles.ts";
import { SERVICES } from "../support/core/profile-fixtures.ts";
import { makePipe } from "../support/host/pipe.ts";

let folder = "";
let elsewhere = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-profiles-"));
  elsewhere = await mkdtemp(join(tmpdir(), "plumbline-elsewhere-"));
  await writeFile(join(folder, "small.yaml"), "services: { store: { nodes: 1 } }\n");
  await writeFile(join(folder, "large.yaml"), "extends: small\nmachine: { cpus: 8 }\n");
  await writeFile(join(folder, "profile.schema.json"), "{}");
  await writeFile(join(folder, ".hidden.yaml"), "nonsense");
  await writeFile(join(folder, "wrong.yaml"), "extends: small\nmachine: { cpus: 0 }\nimages: none\n");
  await writeFile(join(elsewhere, "small.yaml"), "extends: small\nportOffset: 10\n");
  await writeFile(join(elsewhere, "huge.yaml"), `description: ${"x".repeat(2 ** 20)}\n`);
});
afterAll(() => Promise.all([folder, elsewhere].map((path) => rm(path, { recursive: true, force: true }))));

const read = (wanted: string) => readProfile(wanted, { services: SERVICES, folder });

async function failure(wanted: string): Promise<PlumblineError> {
  const error: unknown = await read(wanted).catch((reason: unknown) => reason);
  if (error instanceof PlumblineError) return error;
  throw new Error("no PlumblineError");
}

test("a profile must be found by its name, with its parents", async () => {
  const { profile } = await read("large");
  expect(profile).toMatchObject({ name: "large", machine: { cpus: 8 }, services: { store: { nodes: 1 } } });
});

test("a file that is not there must be answered with the project's profile of that name", async () => {
  const { code, fix } = await failure("large.yaml");
  expect([code, fix]).toEqual([
    "PROFILE_UNKNOWN",
    "Give the name alone for the project's profile large, or the path of another YAML file.",
  ]);
  expect((await failure("./none.yaml")).fix).not.toContain("alone");
});

test("a file anywhere must be read by its path, and may extend a profile of its own name", async () => {
  const { profile, positionOf } = await read(join(elsewhere, "small.yaml"));
  expect(profile).toMatchObject({ name: "small", portOffset: 10, services: { store: { nodes: 1 } } });
  expect(positionOf(["portOffset"])).toEqual({ file: join(elsewhere, "small.yaml"), line: 2, column: 13 });
});

test("the list must name the profiles and nothing else of the folder", async () => {
  expect(await listProfiles(folder)).toEqual(["large", "small", "wrong"]);
});

test("an unknown name must be answered with those that exist and the nearest", async () => {
  const error = await failure("lagre");
  expect(error).toMatchObject({ code: "PROFILE_UNKNOWN", exitCode: 2 });
  expect(error.why).toContain("large, small, wrong");
  expect(error.fix).toContain("Did you mean large?");
  expect(error.details).toEqual({ wanted: "lagre", profiles: ["large", "small", "wrong"], suggestion: "large" });
});

test("an absent file, a folder and a file that is no profile must be refused with the reason", async () => {
  expect(await failure(join(elsewhere, "absent.yaml"))).toMatchObject({ code: "PROFILE_UNKNOWN", exitCode: 2 });
  expect((await failure(elsewhere)).why).toContain("EISDIR");
  expect((await failure(join(elsewhere, "huge.yaml"))).why).toContain("at most 131072 are read");
});

test("a named pipe must be refused at once, by its path, by its name and behind a link, and concern no other profile", async () => {
  const place = await mkdtemp(join(tmpdir(), "plumbline-pipes-"));
  try {
    await writeFile(join(place, "small.yaml"), "services: { store: true }\n");
    makePipe(join(place, "pipe.yaml"));
    await symlink(join(place, "pipe.yaml"), join(place, "link.yaml"));
    await symlink(join(place, "small.yaml"), join(place, "short.yaml"));
    const readHere = (wanted: string) => readProfile(wanted, { services: SERVICES, folder: place });
    for (const wanted of [join(place, "pipe.yaml"), "pipe", "link"]) {
      await expect(readHere(wanted)).rejects.toMatchObject({ code: "PROFILE_UNKNOWN" });
      await expect(readHere(wanted)).rejects.toThrow("a named pipe, not an ordinary file");
    }
    for (const wanted of ["small", "short"]) expect((await readHere(wanted)).profile.name).toBe(wanted);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
});

test("of very many mistakes the first must be listed, and the others counted", async () => {
  const path = join(elsewhere, "many.yaml");
  await writeFile(path, Array.from({ length: 1500 }, (_, index) => `key${index}: 1\n`).join(""));
  const { what, why } = await failure(path);
  expect(what).toBe("The profile many has 1501 mistakes");
  expect(why.split("\n")).toHaveLength(101);
  expect(why).toMatch(/and 1401 more$/);
});

test("every mistake must be in the error, as text and as data", async () => {
  const error = await failure("wrong");
  expect(error).toMatchObject({ code: "PROFILE_INVALID", exitCode: 2, what: "The profile wrong has 2 mistakes" });
  expect(error.why.split("\n").map((line) => line.split(": ")[0])).toEqual([
    `${join(folder, "wrong.yaml")}:2:18`,
    `${join(folder, "wrong.yaml")}:3:9`,
  ]);
  expect(error.details).toMatchObject({
    problems: [
      { line: 2, path: "machine.cpus" },
      { line: 3, path: "images" },
    ],
  });
});
