import { afterAll, expect, test } from "vitest";
import { openEngine } from "../../stack/docker/engine.ts";
import { docker } from "../support/live/docker.ts";
import { describeStack } from "../support/live/stack.ts";

const ADDRESS = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
const PROJECT = `plumbline-t-${process.pid}-marks`;

await describeStack("the marks of first starts in a real engine", () => {
  const names = ["a-data", "b-data"].map((key) => `${PROJECT}-${key}`);
  afterAll(async () => {
    for (const name of names.flatMap((each) => [each, `${each}.unfinished`]))
      await docker
        .getVolume(name)
        .remove()
        .catch(() => undefined);
  });

  test("know their clone, and go with volumes that a person removed", async () => {
    const engine = await openEngine(ADDRESS);
    await engine.firstStarts.begin(PROJECT, "a-data", "/one/clone");
    await engine.firstStarts.begin(PROJECT, "b-data", "/one/clone");
    expect(await engine.volumeSizes(PROJECT)).toMatchObject(names.map((name) => ({ name, folder: "/one/clone" })));
    await docker.getVolume(names[0] ?? "").remove();
    await engine.forgetLostVolumes(PROJECT);
    const { Volumes } = await docker.listVolumes({ filters: { label: [`plumbline.unfinished=${PROJECT}`] } });
    expect(Volumes.map(({ Name }) => Name)).toEqual([`${names[1]}.unfinished`]);
    expect(await engine.firstStarts.unfinished(PROJECT)).toEqual([names[1]]);
  });
});
