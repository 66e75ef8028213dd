import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { composeFiles } from "../../../stack/render/compose.ts";
import { desiredStack, type ImageSource } from "../../../stack/commands/request/desired.ts";
import { unknownImages } from "../../../stack/commands/request/image-sources.ts";
import { wantedOf, type Wanted } from "../../../stack/commands/request/request.ts";
import { readProfile } from "../../../stack/records/profiles.ts";
import { stackFolder } from "../../../stack/records/folder.ts";
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
