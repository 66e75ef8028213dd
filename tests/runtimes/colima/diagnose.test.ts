import { expect, test } from "vitest";
import { CREATE, scene } from "../../support/colima/scene.ts";

test("a machine that runs is well", async () => {
  const { runtime, apply } = await scene();
  await apply(CREATE);
  expect(await runtime.diagnose?.()).toEqual([
    { check: "colima machine", status: "ok", found: "plumbline-shop runs, 2 cpus inside" },
  ]);
});

test("a machine that was never made is well too", async () => {
  const { runtime } = await scene();
  expect((await runtime.diagnose?.())?.map(({ status }) => status)).toEqual(["ok"]);
});

test("a data disk without its machine is a warning with the command that removes it", async () => {
  const { runtime, apply, fake } = await scene();
  await apply(CREATE);
  await runtime.teardown({ remove: false });
  await fake.run(["delete", "--force", "plumbline-shop"]);
  const found = await runtime.diagnose?.();
  expect(found?.[1]).toMatchObject({ check: "colima disk", status: "warning" });
  expect(found?.[1]?.remedy).toMatch(/uses it again with its data.*npm run destroy -- --machine/);
});

test("an empty disk that a failed creation left is said to be removed by the next start, as it is", async () => {
  const { runtime, apply } = await scene({ faults: [{ kind: "image-download" }] });
  await expect(apply(CREATE)).rejects.toThrow();
  expect((await runtime.diagnose?.())?.[1]?.remedy).toMatch(/holds no data: the next start removes it/);
});

test("a machine that was made for another container runtime is a problem before `up` refuses it", async () => {
  const { runtime, fake } = await scene();
  await fake.run(["start", "plumbline-shop", "--runtime", "containerd"]);
  const found = (await runtime.diagnose?.()) ?? [];
  expect(found.at(-1)).toMatchObject({ check: "colima machine", status: "problem" });
  expect(found.at(-1)?.found).toContain(
    "the container runtime is containerd, and the stack needs docker; `up` refuses",
  );
  expect(found.at(-1)?.remedy).toContain("npm run destroy -- --machine");
});
