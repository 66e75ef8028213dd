/** Faults of the stack itself: its profile, its folder, its containers and volumes. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readWanted } from "../../../stack/commands/request/request.ts";
import { projectName } from "../../../stack/core/stack-names.ts";
import { shippedStack } from "../../support/core/stack.ts";
import { renderCompose } from "../../../stack/render/compose.ts";
import { makePipe } from "../../support/host/pipe.ts";
import { containerOf } from "../../support/report/fixtures.ts";
import type { FoundFault } from "./fault.ts";
import type { DoctorWorld } from "./world.ts";
import { noteVolumes } from "../../../stack/records/known-volumes.ts";

const ITS_OWNER = "only its owner knows what is meant";

/** A profile that gives a service these settings. */
async function given(world: DoctorWorld, settings: string, service = "postgres"): Promise<void> {
  const path = join(world.project, "given.yaml");
  await writeFile(path, `extends: minimal\nservices:\n  ${service}:\n    settings: { ${settings} }\n`);
  const { folder, host } = world.wanted;
  world.wanted = { ...(await readWanted({ stack: "test", profile: path })), folder, host };
}

/** The files and images of an earlier `up`. */
async function broughtUp({ wanted: { folder, services }, engine }: DoctorWorld): Promise<void> {
  for (const { image } of services)
    for (const source of image.sources)
      if (source.kind === "registry") engine.images.images.set(source.reference, { labels: {} });
  await mkdir(folder.results, { recursive: true });
  await writeFile(folder.composeFile, renderCompose(await shippedStack("minimal", { stack: "test" })));
  await writeFile(join(folder.results, "startup-trace-20261130-010203.json"), "{}");
}

export const STACK_FAULTS: readonly FoundFault[] = [
  {
    fault: "given settings that fit neither each other nor the container",
    check: "budget",
    moment: "before up",
    status: "problem",
    says: "max_connections",
    mends: ITS_OWNER,
    arrange: (world) => given(world, "max_connections: 5"),
  },
  {
    fault: "a given setting that no image in sight knows",
    check: "budget",
    moment: "before up",
    status: "problem",
    says: "io-thread: found a setting that the server does not know",
    mends: ITS_OWNER,
    arrange: (world) => given(world, "io-thread: 2", "redis"),
  },
  {
    fault: "a given setting that only another release may know",
    check: "given settings",
    moment: "before up",
    status: "warning",
    says: "a setting that postgres 18 does not know",
    mends: "only its owner knows which image is meant",
    arrange: (world) => given(world, "new_in_next: 2"),
  },
  {
    fault: "passwords that others can read",
    check: "secrets",
    moment: "before up",
    status: "problem",
    says: "mode 0644",
    mends: true,
    arrange: async ({ wanted: { folder } }) => {
      const path = join(folder.secrets, "redis.app");
      await writeFile(path, "x");
      await chmod(path, 0o644);
    },
  },
  {
    fault: "a pipe in the place of a password, which a reader would wait for",
    check: "secrets",
    moment: "before up",
    status: "problem",
    says: "a named pipe",
    mends: "somebody put it there: removing it is theirs",
    arrange: async ({ wanted: { folder } }) => makePipe(join(folder.secrets, "redis.app")),
  },
  {
    fault: "a stack's folder that others can enter",
    check: "modes",
    moment: "before up",
    status: "problem",
    says: "mode 0755",
    mends: true,
    arrange: async ({ wanted: { folder } }) => chmod(folder.root, 0o755),
  },
  {
    fault: "generated files and results that others can change",
    check: "modes",
    moment: "before up",
    status: "problem",
    says: "mode 0777",
    mends: true,
    arrange: async (world) => {
      await broughtUp(world);
      await chmod(world.wanted.folder.composeFile, 0o666);
      await chmod(world.wanted.folder.results, 0o777);
      await chmod(join(world.wanted.folder.results, "startup-trace-20261130-010203.json"), 0o666);
    },
  },
  {
    fault: "files of another user, as after one run with sudo",
    check: "owner",
    moment: "before up",
    status: "problem",
    says: "to another user",
    mends: "it takes root",
    arrange: async (world) => {
      world.user = (process.getuid?.() ?? 0) + 1;
    },
  },
  {
    fault: "the lock of a process that is gone",
    check: "lock",
    moment: "before up",
    status: "warning",
    says: "which is gone",
    mends: true,
    arrange: async ({ wanted: { folder } }) =>
      writeFile(folder.lock, JSON.stringify({ pid: 2 ** 22 + 1, started: "1", command: "up" })),
  },
  {
    fault: "half-written files of a killed run",
    check: "temporary files",
    moment: "before up",
    status: "warning",
    says: "compose.yaml.new",
    mends: true,
    arrange: async ({ wanted: { folder } }) => writeFile(folder.file("compose.yaml.new"), ""),
  },
  {
    fault: "containers that a killed run used to look into an image",
    check: "containers",
    moment: "before up",
    status: "warning",
    says: "left by a killed run",
    mends: true,
    arrange: async ({ engine }) => engine.world.strays.push({ id: "s1", name: "eager_bell" }),
  },
  {
    fault: "a container that has died",
    check: "containers",
    moment: "running",
    status: "warning",
    says: "exited with code 137, out of memory",
    mends: "`up` starts it; why it died is in its log",
    arrange: async ({ engine }) =>
      engine.world.containers.push(containerOf("postgres", { state: "exited", exitCode: 137, outOfMemory: true })),
  },
  {
    fault: "a container that differs from the profile, or whose server does",
    check: "settings",
    moment: "running",
    status: "warning",
    says: "postgres",
    mends: "`up` does it, with its plan and its waits",
    arrange: async ({ engine }) => engine.world.containers.push(containerOf("postgres", { state: "running" })),
  },
  {
    fault: "a stack of this name that another folder brought up",
    check: "clones",
    moment: "running",
    status: "warning",
    says: "/elsewhere/.plumbline/test",
    mends: "two people use one name: one of them has to choose another",
    arrange: async ({ engine }) =>
      engine.world.containers.push(containerOf("postgres", { folder: "/elsewhere/.plumbline/test" })),
  },
  {
    fault: "a volume on which no server has ever answered",
    check: "first starts",
    moment: "before up",
    status: "warning",
    says: "plumbline-test-postgres-data",
    mends: "`up` does it while it watches the server",
    arrange: async ({ engine }) => engine.firstStarts.begin(projectName("test"), "postgres-data", "/one/clone"),
  },
  {
    fault: "volumes whose passwords are lost, or that were made by hand",
    check: "volumes",
    moment: "before up",
    status: "problem",
    says: "whose credentials are not in",
    mends: "no new password opens old data",
    arrange: async ({ engine }) => engine.world.volumes.push("plumbline-test-postgres-data"),
  },
  {
    fault: "volumes that were removed by hand after the stack was up",
    check: "lost volumes",
    moment: "before up",
    status: "warning",
    says: "its volume plumbline-test-postgres-data, which held data, is gone",
    mends: "only a backup brings them back",
    arrange: async (world) => {
      await broughtUp(world);
      await noteVolumes(world.wanted.folder, { with: ["plumbline-test-postgres-data"] });
    },
  },
  {
    fault: "images that an older Plumbline built, and that nothing uses",
    check: "old images",
    moment: "before up",
    status: "warning",
    says: "plumbline/redis:8.0-000000000000",
    mends: true,
    arrange: async ({ engine }) =>
      engine.images.images.set("plumbline/redis:8.0-000000000000", { labels: { "plumbline.recipe": "0" } }),
  },
];
