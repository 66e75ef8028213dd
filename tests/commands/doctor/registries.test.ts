import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { checkRegistries } from "../../../stack/commands/doctor/registries.ts";
import type { FoundEngine } from "../../../stack/commands/request/discovery.ts";
import { containing } from "../../support/images/matching.ts";
import { doctorWorld, type DoctorWorld } from "./world.ts";

const [LOCKED, LATER] = [`sha256:${"a".repeat(64)}`, `sha256:${"b".repeat(64)}`] as const;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A computer whose lock file has a digest for each tag of the profile. */
async function locked() {
  const world = await doctorWorld((cleanup) => cleanups.push(cleanup));
  const tags = world.wanted.services.flatMap(({ image }) =>
    image.sources.flatMap((source) => (source.kind === "registry" ? [source.reference] : [])),
  );
  const images = Object.fromEntries(tags.map((tag) => [tag, LOCKED]));
  await writeFile(join(world.project, "images.lock.json"), JSON.stringify({ images }));
  return { world, tags };
}

function look({ wanted, discovery }: DoctorWorld) {
  if (discovery.kind !== "engine") throw new Error("the engine of this world answers");
  const found: FoundEngine = discovery;
  return checkRegistries(wanted, found, new AbortController().signal);
}

test("a registry must be asked for the digest of the lock file, as `up` pulls it", async () => {
  const { world, tags } = await locked();
  for (const tag of tags) world.engine.images.registry.add(`${tag}@${LOCKED}`);
  expect(await look(world)).toMatchObject([{ status: "ok", found: containing(LOCKED) }]);
});

test("a registry whose tag has another digest must be told with both, and with what to run", async () => {
  const { world, tags } = await locked();
  for (const tag of tags) world.engine.images.digests.set(tag, LATER);
  const [finding] = await look(world);
  expect(finding?.status).toBe("warning");
  expect(finding?.found).toContain(`has the digest ${LATER} there, and ${LOCKED} is wanted`);
  expect(finding?.remedy).toContain("npm run images -- update");
});
