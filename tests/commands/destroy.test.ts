import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mib } from "../../stack/core/units.ts";
import { leftNotes, questionOf } from "../../stack/commands/destroy.ts";
import { destroyServices } from "../../stack/commands/destroy-services.ts";
import { stackFolder } from "../../stack/records/folder.ts";
import { registry } from "../../stack/services/index.ts";
import { sortFolder } from "../../stack/records/own-files.ts";
import { fakeEngine } from "../support/fakes/engine.ts";
import { fakeDeployer } from "../support/fakes/runtime.ts";
import { containerOf } from "../support/report/fixtures.ts";

const NOTHING = { stack: "test", containers: 0, elsewhere: [], volumes: [], entries: [], machine: false } as const;

describe("the question before a stack is destroyed", () => {
  test("names every volume with its size, and everything else that cannot be had again", () => {
    const question = questionOf({
      stack: "test",
      containers: 2,
      elsewhere: [],
      volumes: [{ name: "a", size: mib(300) }, { name: "b" }],
      entries: ["conf", "results", "secrets"],
      machine: true,
    });
    expect(question).toBe(
      "Remove the stack test for good: 2 containers; the data of a (300 MiB), b; its passwords; " +
        "the results of its benchmarks; the whole machine with its disk?",
    );
  });

  test("is not asked where nothing is lost: generated files come back", () => {
    expect(questionOf({ ...NOTHING, entries: ["compose.yaml", "conf"] })).toBeUndefined();
  });

  test("says when the stack is that of another clone", () => {
    expect(questionOf({ ...NOTHING, containers: 1, elsewhere: ["/a/.plumbline/test"] })).toBe(
      "Remove the stack test, made from /a/.plumbline/test, for good: 1 containers?",
    );
  });
});

test("the question names the services where only theirs is lost", () => {
  expect(questionOf({ ...NOTHING, services: ["redis"], volumes: [{ name: "a" }] })).toBe(
    "Remove redis of the stack test for good: the data of a?",
  );
});

test("only the data of the named services go; those of a service with a longer name stay", async () => {
  const volumes = [
    "plumbline-test-postgres-data",
    "plumbline-test-postgres-exporter-data",
    "plumbline-test-redis-1-data",
  ];
  const engine = fakeEngine({ containers: [containerOf("postgres"), containerOf("redis")], volumes });
  const asked: unknown[] = [];
  const destroyed = await destroyServices(
    {
      wanted: { stack: "test", folder: stackFolder("test", "/here"), services: [] },
      engine,
      deploy: fakeDeployer(engine),
      services: ["postgres"],
      ask: async (lost) => void asked.push(lost),
    },
    { report: () => {}, signal: new AbortController().signal },
  );
  expect(destroyed).toMatchObject({ containers: ["postgres"], volumes: [{ name: volumes[0] }], files: [] });
  expect(engine.world.volumes).toEqual(volumes.slice(1));
  expect(engine.world.containers.map(({ instance }) => instance)).toEqual(["redis"]);
  expect(asked).toEqual([{ containers: 1, elsewhere: [], volumes: [{ name: volumes[0] }] }]);
});

const volumeOf = (service: string) => `plumbline-test-${service}-data`;

test.each([...registry.keys()])("destroy %s removes its data, and nobody else's", async (service) => {
  const all = [...registry.keys()].map(volumeOf).toSorted();
  const engine = fakeEngine({ containers: [containerOf(service)], volumes: all });
  for (const volume of all) engine.world.unfinished.add(volume);
  await destroyServices(
    {
      wanted: { stack: "test", folder: stackFolder("test", "/here"), services: [] },
      engine,
      deploy: fakeDeployer(engine),
      services: [service],
      ask: async () => undefined,
    },
    { report: () => {}, signal: new AbortController().signal },
  );
  const kept = all.filter((volume) => volume !== volumeOf(service));
  expect(engine.world.volumes).toEqual(kept);
  expect(await engine.firstStarts.unfinished("plumbline-test")).toEqual(kept);
  expect(engine.world.containers).toEqual([]);
});

test("passwords behind a link in the place of their folder are named as kept, with the place", async () => {
  const project = await mkdtemp(join(tmpdir(), "plumbline-destroy-"));
  try {
    const folder = stackFolder("test", project);
    await mkdir(join(project, "elsewhere"));
    await mkdir(folder.root, { recursive: true });
    await symlink(join(project, "elsewhere"), folder.secrets);
    const content = await sortFolder(folder, [], { results: false });
    expect(content).toEqual({ own: [], edited: [], foreign: ["secrets"] });
    expect(await leftNotes(folder, content, { results: false })).toEqual([
      `${folder.secrets} is kept, with the passwords: it is a link to ${join(project, "elsewhere")}, where you can remove them`,
    ]);
  } finally {
    await rm(project, { recursive: true, force: true });
  }
});
