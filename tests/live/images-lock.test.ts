/** The lock file of images with a real engine and a real registry: tags that move, several platforms, newer tags. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { openEngine } from "../../stack/docker/engine.ts";
import { realHost } from "../../stack/host/host.ts";
import { packageVersions } from "../../stack/images/newer/package-versions.ts";
import { registryTags } from "../../stack/images/newer/registry-tags.ts";
import { obtainImages } from "../../stack/images/obtain.ts";
import { imagesDocument } from "../../stack/report/documents/documents.ts";
import { command, docker } from "../support/images/docker.ts";
import { containing } from "../support/images/matching.ts";
import { LOGIN, startRegistry, type TestRegistry } from "../support/images/registry.ts";
import { startCli } from "../support/live/cli.ts";
import { REDIS_ONLY } from "../support/live/profiles.ts";
import { makeStack } from "../support/live/stack.ts";
import { officialImages } from "../support/official/images.ts";

const NAME = `locktest${process.pid}`;
const TAG = `${NAME}:1.2.3`;
const POSTGRES = "postgres:18.6";
const MINIMAL =
  "description: one database\nmachine: { cpus: 1, memory: 1 GiB, disk: 10 GiB }\nservices:\n  postgres: true\n";
const LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

let folder: string;
let registry: TestRegistry;
const lockFile = () => join(folder, "images.lock.json");
const at = (reference: string) => `${registry.address}/${reference}`;
const never = new AbortController().signal;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-live-lock-"));
  registry = await startRegistry();
});

afterAll(async () => {
  await forget();
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await rm(lockFile(), { force: true });
  await forget();
});

/** As on a computer that has never had the images. */
async function forget(): Promise<void> {
  const images = await docker(
    "images",
    "--all",
    "--quiet",
    "--no-trunc",
    "--filter",
    `reference=${registry.address}/*`,
  );
  const ids = [...new Set(images.split("\n").filter((id) => id !== ""))];
  if (ids.length > 0) await docker("rmi", "--force", ...ids);
}

/** Pushes an image with this content, and resolves its digest. */
async function push(reference: string, content: string): Promise<string> {
  await writeFile(join(folder, "file"), content);
  await command(["tar", "--create", "--file", join(folder, "image.tar"), "--directory", folder, "file"]);
  await docker("import", join(folder, "image.tar"), at(reference));
  const said = await docker("push", at(reference));
  await forget();
  return /digest: (sha256:[0-9a-f]{64})/.exec(said)?.[1] ?? "";
}

const env = () => ({ ...process.env, PLUMBLINE_IMAGES_LOCK: lockFile() });

async function obtain(reference = TAG) {
  const outcomes = await obtainImages(new Map([[NAME, { sources: [{ kind: "registry", reference }] }]]), {
    engine: await openEngine(process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock"),
    policy: "registry",
    registryPlace: `${registry.address}/`,
    report: () => {},
    signal: never,
    host: realHost(env()),
  });
  return outcomes.get(NAME);
}

const locked = async () => {
  const { images } = z
    .object({ images: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(lockFile(), "utf8")));
  return images;
};

test("who clones later gets the image of the first pull, although the tag has moved", async () => {
  const first = await push(TAG, "one");
  expect(await obtain()).toMatchObject({ ok: true, image: { reference: at(`${TAG}@${first}`), version: "1.2.3" } });
  expect(await locked()).toEqual({ [TAG]: first });

  const second = await push(TAG, "two");
  expect(second).not.toBe(first);
  expect(await obtain()).toMatchObject({ ok: true, image: { reference: at(`${TAG}@${first}`) } });
  // Found again without a registry, by the digest; and by name for people.
  await registry.pause(async () => {
    expect(await obtain()).toMatchObject({ ok: true, image: { reference: at(`${TAG}@${first}`) } });
  });
  expect(await docker("image", "inspect", "--format", "{{.RepoDigests}}", at(TAG))).toContain(first);
});

test("of an image of several platforms the index is locked, and each computer takes its own", async () => {
  const own = await push(`${NAME}:2.0.0`, "of a platform");
  const url = `http://${at(NAME).replace("/", "/v2/")}/manifests`;
  const manifest = await fetch(`${url}/${own}`, { headers: { accept: MANIFEST } });
  const size = (await manifest.arrayBuffer()).byteLength;
  const platforms = ["amd64", "arm64"].map((architecture) => ({ architecture, os: "linux" }));
  const manifests = platforms.map((platform) => ({ mediaType: MANIFEST, digest: own, size, platform }));
  const index = JSON.stringify({ schemaVersion: 2, mediaType: LIST, manifests });
  const put = await fetch(`${url}/2.0.0`, { method: "PUT", headers: { "content-type": LIST }, body: index });
  expect(put.status).toBe(201);

  const digest = `sha256:${createHash("sha256").update(index).digest("hex")}`;
  const reference = at(`${NAME}:2.0.0@${digest}`);
  expect(await obtain(`${NAME}:2.0.0`)).toMatchObject({ ok: true, image: { reference } });
  expect(await locked()).toEqual({ [`${NAME}:2.0.0`]: digest });
  expect(await obtain(`${NAME}:2.0.0`)).toMatchObject({ ok: true, image: { reference } });
});

test("`images` lists what is behind, and `images update` takes it", async () => {
  await writeFile(join(folder, "one.yaml"), MINIMAL);
  const images = async (...args: readonly string[]) => {
    const common = ["--json", "--stack", NAME, "--profile", join(folder, "one.yaml"), "--images", "registry"];
    const place = { PLUMBLINE_IMAGES_LOCK: lockFile(), PLUMBLINE_REGISTRY_PREFIX: `${registry.address}/` };
    const { stdout, stderr, exitCode } = await startCli("images", [...args, ...common], place).ended;
    expect(exitCode, stderr + stdout).toBe(0);
    return imagesDocument.parse(JSON.parse(stdout));
  };
  const first = await push(POSTGRES, "one");
  expect((await images("update")).updated).toEqual([{ service: "postgres", tag: POSTGRES, to: first }]);
  expect((await images()).images).toEqual([
    { service: "postgres", source: POSTGRES, digest: first, digestNow: first, behind: [] },
  ]);

  await push("postgres:18.7", "newer");
  await push("postgres:19.0", "another major version");
  const second = await push(POSTGRES, "two");
  const [row] = (await images()).images;
  expect(row).toMatchObject({ digest: first, digestNow: second, newerTag: "18.7" });
  expect(row?.behind).toHaveLength(2);

  const { updated } = await images("update", "postgres");
  expect(updated).toEqual([{ service: "postgres", tag: POSTGRES, from: first, to: second }]);
  expect(await locked()).toEqual({ [POSTGRES]: second });
});

test("a stack runs the image of the lock file, and a second `up` has nothing to do", async () => {
  const { redis = "" } = await officialImages(["redis"]);
  const tag = redis.replace(/^official\.invalid\//, "");
  await docker("tag", redis, at(tag));
  await docker("push", at(tag));
  await docker("rmi", at(tag));
  const place = { PLUMBLINE_IMAGES_LOCK: lockFile(), PLUMBLINE_REGISTRY_PREFIX: `${registry.address}/` };
  const stack = await makeStack(REDIS_ONLY, { env: place });
  try {
    await stack.up(["--images", "registry"]);
    const digest = (await locked())[tag];
    expect((await stack.container("redis-1").inspect()).Config.Image).toBe(at(`${tag}@${digest}`));
    expect((await stack.up(["--images", "registry"])).plan).toEqual([]);
  } finally {
    await stack.close();
  }
});

test("tags are listed page by page, and with a login where the registry wants one", async () => {
  const closed = await startRegistry(LOGIN);
  try {
    const credentials = { serveraddress: closed.address, ...LOGIN };
    const reference = `${closed.address}/${NAME}:1.2.3`;
    expect(await registryTags(reference, undefined, never)).toMatchObject({ ok: false });
    // The login is taken: nothing was pushed there.
    expect(await registryTags(reference, credentials, never)).toMatchObject({
      ok: false,
      reason: containing("404"),
    });
  } finally {
    await closed.stop();
  }
});

test("the version that Debian has of a package is read by apt, signed", async () => {
  const work = join(folder, "index");
  const found = await packageVersions("trixie", ["redis-server", "no-such-package"], {
    host: realHost(),
    work,
    signal: never,
  });
  expect(found).toMatchObject({ ok: true });
  expect(found.ok && [...found.versions.keys()]).toEqual(["redis-server"]);
  expect(found.ok && found.versions.get("redis-server")).toMatch(/^5:8\.0\./);
});
