import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stackFolder, type StackFolder } from "../../stack/records/folder.ts";
import { stackInUse } from "../../stack/records/in-use.ts";
import { composeFiles } from "../../stack/render/compose.ts";
import { renderStack } from "../../stack/render/stack.ts";
import { desiredOf, profileOf, shippedStack } from "../support/core/stack.ts";
import { makePipe } from "../support/host/pipe.ts";

let root = "";
let folder: StackFolder;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "plumbline-in-use-"));
  folder = stackFolder("mine", root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function leave(text: string): Promise<void> {
  await mkdir(dirname(folder.composeFile), { recursive: true });
  await writeFile(folder.composeFile, text);
}

test.for(["dev", "/home/me/mine.yaml", "/a folder: with #, $HOME and 'quotes'/mine.yaml", "yes"])(
  "the profile %s must be found again in the stack that was brought up with it",
  async (reference) => {
    const desired = desiredOf(profileOf(), { stack: "mine" });
    await leave(renderStack({ ...desired, profileReference: reference }, composeFiles).get("compose.yaml") ?? "");
    expect(await stackInUse(folder)).toMatchObject({ profileReference: reference });
  },
);

test("the runtime that it was brought up in must be found again, and none in a file without one", async () => {
  const desired = desiredOf(profileOf(), { stack: "mine" });
  for (const runtime of ["colima", undefined]) {
    await leave(renderStack(desired, (each) => composeFiles(each, runtime)).get("compose.yaml") ?? "");
    expect((await stackInUse(folder))?.runtime).toBe(runtime);
  }
});

test("everything that the whole stack of dev was brought up with must be found as it was", async () => {
  const desired = await shippedStack("dev");
  await leave(renderStack(desired, composeFiles).get("compose.yaml") ?? "");
  const { profile, budget } = desired;
  expect(await stackInUse(folder)).toEqual({ profileReference: "dev", profile, sizedFor: budget.machine });
});

test("there must be none, at once, in a file that was made to keep its reader busy, and in a named pipe", async () => {
  const before = process.cpuUsage();
  await leave(Array.from({ length: 100_000 }, (_, index) => `k${index}: 1\n`).join(""));
  expect(await stackInUse(folder)).toBeUndefined();
  await rm(folder.composeFile);
  makePipe(folder.composeFile);
  expect(await stackInUse(folder)).toBeUndefined();
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(3_000);
});

test("there must be none where the stack was never brought up", async () => {
  expect(await stackInUse(folder)).toBeUndefined();
});

test.for(["", "services: {}\n", "x-plumbline: 1\nservices: {}\n", "x-plumbline: { stack: a }\n", "{ broken", "\u0000"])(
  "there must be none in a file that says %j",
  async (text) => {
    await leave(text);
    expect(await stackInUse(folder)).toBeUndefined();
  },
);
