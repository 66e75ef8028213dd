/** Editions of Debian with a real engine: a newer one builds images anew, and `up` replaces what runs. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { imagesDocument, statusDocument } from "../../stack/report/documents/documents.ts";
import { docker } from "../support/images/docker.ts";
import { startCli } from "../support/live/cli.ts";
import { REDIS_ONLY } from "../support/live/profiles.ts";
import { makeStack } from "../support/live/stack.ts";

const OLD = "2026-01-02";
const LATER = "2026-01-03";
const DAY = /^\d{4}-\d\d-\d\d$/;
const inspected = z.array(z.object({ Config: z.object({ Labels: z.record(z.string(), z.string()) }) }));
const lock = z.object({ editions: z.record(z.string(), z.string()) });

let folder: string;
const lockFile = () => join(folder, "images.lock.json");
const made = new Set<string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-live-editions-"));
});

afterAll(async () => {
  for (const reference of made) await docker("rmi", "--force", reference);
  await rm(folder, { recursive: true, force: true });
});

async function editions(): Promise<Readonly<Record<string, string>>> {
  return lock.parse(JSON.parse(await readFile(lockFile(), "utf8"))).editions;
}

async function labelsOf(reference: string): Promise<Readonly<Record<string, string>>> {
  const [image] = inspected.parse(JSON.parse(await docker("inspect", "--type", "image", reference)));
  return image?.Config.Labels ?? {};
}

test("`up --refresh` builds from the packages of today, replaces the container, keeps the data, and is done then", async () => {
  await writeFile(lockFile(), JSON.stringify({ images: {}, editions: { trixie: OLD, sid: OLD } }));
  const place = { PLUMBLINE_IMAGES_LOCK: lockFile() };
  const stack = await makeStack(REDIS_ONLY, { env: place });
  const cli = async (command: string, ...args: readonly string[]): Promise<unknown> => {
    const given = ["--json", "--stack", stack.name, "--profile", stack.profile, ...args];
    const { stdout, stderr, exitCode } = await startCli(command, given, place).ended;
    expect(exitCode, stderr + stdout).toBe(0);
    return JSON.parse(stdout);
  };
  const imageOf = async () => (await stack.container("redis-1").inspect()).Config.Image;
  try {
    await stack.up(["--images", "debian"]);
    const first = await imageOf();
    made.add(first);
    const volumes = await stack.volumes();
    expect(await editions()).toEqual({ trixie: OLD, sid: OLD }); // a plain `up` sets none

    const { plan } = await stack.up(["--images", "debian", "--refresh"]);
    const second = await imageOf();
    made.add(second);
    expect(second).not.toBe(first);
    expect(plan.length).toBeGreaterThan(0);
    expect(await stack.volumes()).toEqual(volumes);
    const labels = await labelsOf(second);
    for (const { "plumbline.suite": suite, "plumbline.base": base } of [labels, await labelsOf(first)]) {
      made.add(`plumbline/base:${suite}-${base?.slice(0, 12)}`);
    }
    const { trixie } = await editions();
    expect(trixie).toMatch(DAY);
    expect(trixie).not.toBe(OLD);
    expect(labels["plumbline.built"]).toMatch(DAY);
    expect(labels["plumbline.base.built"]).toMatch(DAY);
    expect(labels["plumbline.index"]).toMatch(DAY);
    expect(labels["plumbline.base"]).not.toBe((await labelsOf(first))["plumbline.base"]);

    expect((await stack.up(["--images", "debian"])).plan).toEqual([]);
    const status = statusDocument.parse(await cli("status"));
    const redis = status.services.find(({ name }) => name === "redis");
    expect(redis?.image).toMatchObject({
      builtOn: labels["plumbline.base.built"],
      indexDate: labels["plumbline.index"],
    });
    expect(redis?.image).not.toHaveProperty("old");

    const updated = imagesDocument.parse(await cli("images", "update", "--images", "debian"));
    expect(updated.updatedEditions?.filter(({ suite }) => suite === "trixie")).toEqual([]); // that of today is noted
    expect(updated.images.find(({ service }) => service === "redis")).toMatchObject({
      edition: trixie,
      reference: second,
    });

    // A colleague's edition, without a way to its packages: what is here runs on, and is no old image.
    const locked = { images: {}, editions: { trixie: LATER, sid: LATER } };
    await writeFile(lockFile(), JSON.stringify(locked));
    const given = ["--json", "--no-bench", "--stack", stack.name, "--profile", stack.profile, "--images", "debian"];
    const cutOff = { ...place, PLUMBLINE_DEBIAN_MIRROR: "http://127.0.0.1:9/debian" };
    const offline = await startCli("up", given, cutOff).ended;
    expect(offline.exitCode, offline.stderr + offline.stdout).toBe(0);
    expect(offline.stderr).toContain(`not of the edition ${LATER}`);
    expect(await imageOf()).toBe(second);
    expect(await editions()).toEqual(locked.editions);
  } finally {
    await stack.close();
  }
});
