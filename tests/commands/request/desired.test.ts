import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { composeFiles } from "../../../stack/render/compose.ts";
import { desiredStack, type ImageSource } from "../../../stack/commands/request/desired.ts";
import { unknownImages } from "../../../stack/commands/request/image-sources.ts";
import { wantedOf, type Wanted } from "../../../stack/commands/request/request.ts";
import { readProfile } from "../../../stack/records/profiles.ts";
import { stackFolder } from "../../../stack/records/folder.ts";
import type { ObtainedImage } from "../../../stack/core/service/image.ts";
import { services } from "../../../stack/services/index.ts";
import { imageOf } from "../../support/core/stack.ts";

let root = "";
let wanted: Wanted;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "plumbline-desired-"));
  const { profile } = await readProfile("minimal", { services });
  wanted = {
    ...wantedOf({ stack: "test" }, { profile, profileReference: "minimal" }),
    folder: stackFolder("test", root),
  };
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** An engine that has the images of these services. */
const engineWith = (...present: readonly string[]): ImageSource => {
  const known: ImageSource["others"] = async (asked) =>
    new Map(
      asked
        .map(({ definition }) => definition.name)
        .filter((name) => present.includes(name))
        .map((name) => [name, imageOf(name)]),
    );
  return { wanted: async (asked) => ({ images: await known(asked), leftOut: [] }), others: known };
};

const desiredWith = (images: ImageSource, only?: readonly string[]) =>
  desiredStack(wanted, { machine: wanted.profile.machine, only, images, credentials: "read", render: composeFiles });

const everything = engineWith("postgres", "pgbouncer", "redis");

test("without --only the command concerns every service", async () => {
  const { desired } = await desiredWith(everything);
  expect(desired.services.map(({ name, selected }) => [name, selected])).toEqual([
    ["postgres", true],
    ["pgbouncer", true],
    ["redis", true],
  ]);
});

test("--only marks what is named and what that requires, and the files stay those of the whole profile", async () => {
  const whole = await desiredWith(everything);
  const { desired, files } = await desiredWith(everything, ["pgbouncer"]);
  expect(desired.services.filter(({ selected }) => selected).map(({ name }) => name)).toEqual([
    "postgres",
    "pgbouncer",
  ]);
  expect(files).toEqual(whole.files);
});

test("a service that --only does not name is in the files as far as its image is known already", async () => {
  const { desired, files } = await desiredWith(engineWith("redis"), ["redis"]);
  expect(desired.services.map(({ name }) => name)).toEqual(["redis"]);
  expect([...files.keys()].some((path) => path.startsWith("conf/postgres/"))).toBe(false);
});

test("sizes are those of the whole profile, whatever --only names", async () => {
  const [whole, part] = [await desiredWith(everything), await desiredWith(everything, ["redis"])];
  expect(part.desired.budget).toEqual(whole.desired.budget);
});

test("a name in --only that the profile lacks is WRONG_USAGE with the names that it has", async () => {
  await expect(desiredWith(everything, ["rabbitmq"])).rejects.toMatchObject({
    code: "WRONG_USAGE",
    fix: "Use some of: postgres, pgbouncer, redis",
  });
});

test("before there is an engine every image is a stand-in, and no credential is made", async () => {
  const { desired } = await desiredWith(unknownImages("registry"));
  expect(new Set(desired.services.map(({ image }) => image.version))).toEqual(new Set(["not known yet"]));
  await expect(rm(join(root, ".plumbline", "test", "secrets"))).rejects.toMatchObject({ code: "ENOENT" });
});

describe("a name that the known release lacks", () => {
  test("is a refusal for a command that only looks, where the image decides against it", async () => {
    const { refusals, warnings } = await looked("new-in-next", "8.0.2");
    expect(refusals).toEqual([expect.stringMatching(/^mine\.yaml:6:9: .*new-in-next.*; `up` refuses it$/)]);
    expect(warnings).toEqual([]);
  });

  test("is a warning for a command that only looks, where the image is of another release", async () => {
    const { refusals, warnings } = await looked("new-in-next", "8.2.1");
    expect(refusals).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining("the version 8.2.1")]);
  });

  test("is refused by the image that is there, before another is obtained", async () => {
    const images = { ...obtaining("18.6"), wanted: () => Promise.reject(new Error("obtained")) };
    await expect(changed(images)).rejects.toMatchObject({ code: "PROFILE_INVALID" });
  });

  test("is decided by the new image where images are renewed", async () => {
    const { desired } = await changed(renewing("19.1"));
    expect(desired.warnings).toEqual([expect.stringContaining("the version 19.1")]);
    await expect(changed(renewing("18.7"))).rejects.toMatchObject({ code: "PROFILE_INVALID" });
  });
});

/** The profile with a setting of this name. */
function givenWith(service: string, name: string): Wanted {
  const overrides = { [service]: { [name]: 1 } };
  return { ...wanted, profile: { ...wanted.profile, overrides }, positionOf: place };
}

/** Images of this version for every service. */
function obtaining(version: string): ImageSource {
  const all: ImageSource["others"] = async (asked) =>
    new Map(
      asked.map(({ definition }): [string, ObtainedImage] => [definition.name, imageOf(definition.name, version)]),
    );
  return { wanted: async (asked) => ({ images: await all(asked), leftOut: [] }), others: all };
}

function place() {
  return { file: "mine.yaml", line: 6, column: 9 };
}

/** Replaces images of the release that is known by those of this version. */
function renewing(version: string): ImageSource {
  return { ...obtaining("18.6"), wanted: obtaining(version).wanted, renews: true };
}

async function looked(name: string, version: string) {
  const { desired } = await desiredStack(givenWith("redis", name), {
    machine: wanted.profile.machine,
    only: undefined,
    images: obtaining(version),
    credentials: "read",
    render: composeFiles,
  });
  return desired;
}

function changed(images: ImageSource) {
  return desiredStack(givenWith("postgres", "new_in_next"), {
    machine: wanted.profile.machine,
    only: undefined,
    images,
    credentials: "make",
    render: composeFiles,
  });
}
