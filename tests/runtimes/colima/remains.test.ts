import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { gib } from "../../../stack/core/units.ts";
import { CREATE, DEV, PROFILE, QA, containing, scene } from "../../support/colima/scene.ts";

describe("what a machine that is gone has left", () => {
  test("is its data disk, after it was deleted by hand: it is seen, announced, and removed on demand", async () => {
    const { runtime, apply, fake, again } = await scene();
    await apply(CREATE);
    await fake.run(["stop", PROFILE]);
    await fake.run(["delete", "--force", PROFILE]);
    const state = await again().observe();
    expect(state).toEqual({ state: "absent", remains: { disk: gib(20), hasData: true } });
    expect(runtime.limits(QA, state)).toEqual([
      "the data disk of 20 GiB of an earlier machine is used again, with its data",
    ]);
    await runtime.teardown({ remove: true });
    expect(await again().observe()).toEqual({ state: "absent" });
    expect(fake.state(PROFILE)).toMatchObject({ diskBytes: undefined, store: undefined });
  });

  test("is an empty disk and its settings, after its first creation failed: all of it goes", async () => {
    const { runtime, apply, fake, again } = await scene({ faults: [{ kind: "image-download" }] });
    await expect(apply(CREATE)).rejects.toMatchObject({ code: "MACHINE_FAILED" });
    expect(await again().observe()).toMatchObject({ state: "absent", remains: { hasData: false } });
    await runtime.teardown({ remove: true });
    expect(await again().observe()).toEqual({ state: "absent" });
    expect(existsSync(join(fake.home, PROFILE))).toBe(false);
  });
});

describe("a network without the pages of the images", () => {
  test("is told what to do: a proxy, the folder of the cache, an image in the profile", async () => {
    const { apply, fake } = await scene({ faults: [{ kind: "image-download" }] });
    await expect(apply(CREATE)).rejects.toMatchObject({ fix: containing("HTTPS_PROXY") });
    fake.inject({ kind: "image-download" });
    const error: unknown = await apply(CREATE).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ fix: containing("COLIMA_DOWNLOADER") });
    expect(error).toMatchObject({ fix: containing(join("colima", "caches")) });
    expect(error).toMatchObject({ fix: containing("COLIMA_CACHE_HOME") });
    expect(error).toMatchObject({ fix: containing("machine: {image: ") });
  });

  test("is no obstacle for a machine that is made from an image of this computer, at its first start only", async () => {
    const folder = await mkdtemp(join(tmpdir(), "plumbline-image-"));
    const image = join(folder, "machine.qcow2");
    await writeFile(image, "");
    const { apply, fake } = await scene();
    await apply({ kind: "create-machine", wish: { ...DEV, image } });
    expect(fake.state(PROFILE).desired?.diskImage).toBe(image);
    await rm(folder, { recursive: true });
    await apply({ kind: "resize-machine", from: DEV, wish: { ...QA, image } });
    expect(fake.state(PROFILE).vm).toMatchObject({ cpus: 4 });
  });

  test("an image that is not there, or that an old Colima cannot take, is refused before anything is made", async () => {
    const wish = { ...DEV, image: "/nowhere/machine.qcow2" };
    const { apply, fake } = await scene();
    await expect(apply({ kind: "create-machine", wish })).rejects.toMatchObject({ why: "there is no such file" });
    expect(fake.state(PROFILE)).toMatchObject({ desired: undefined, diskBytes: undefined });
    const old = await scene({ version: "0.6" });
    await expect(old.apply({ kind: "create-machine", wish })).rejects.toMatchObject({
      why: "Colima 0.6.10 takes no image of one's own; 0.8.1 and newer do",
    });
  });
});
