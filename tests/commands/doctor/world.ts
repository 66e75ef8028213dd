/** A computer with a stack on an engine in memory, at which `doctor` looks; a fault is arranged before the look. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "../../../stack/commands/doctor/check.ts";
import { checkEngine } from "../../../stack/commands/doctor/engine.ts";
import { checkFolders } from "../../../stack/commands/doctor/folders.ts";
import { checkLeftovers } from "../../../stack/commands/doctor/leftovers.ts";
import { checkObserved } from "../../../stack/commands/doctor/observed.ts";
import { checkSurroundings } from "../../../stack/commands/doctor/surroundings.ts";
import type { Discovery } from "../../../stack/commands/request/discovery.ts";
import { readWanted, type Wanted } from "../../../stack/commands/request/request.ts";
import type { Runtime } from "../../../stack/core/machine/runtime.ts";
import { stackFolder } from "../../../stack/records/folder.ts";
import { fakeEngine, type FakeEngine } from "../../support/fakes/engine.ts";
import { fakeHost, type FakeHost } from "../../support/fakes/host.ts";
import { fakeRuntime } from "../../support/fakes/runtime.ts";

export interface DoctorWorld {
  /** A temporary folder in place of the project's. */
  readonly project: string;
  readonly engine: FakeEngine;
  readonly host: FakeHost;
  wanted: Wanted;
  discovery: Discovery;
  /** The variables of the shell. */
  env: Readonly<Record<string, string>>;
  /** The id of the user who runs Plumbline. */
  user: number | undefined;
  /** Undone after the test. */
  readonly atEnd: (cleanup: () => Promise<unknown>) => void;
}

/** A stack of the profile `minimal`, whose containers do not run yet, on a computer without a fault. */
export async function doctorWorld(atEnd: DoctorWorld["atEnd"]): Promise<DoctorWorld> {
  const project = await mkdtemp(join(tmpdir(), "plumbline-doctor-"));
  atEnd(() => rm(project, { recursive: true, force: true }));
  const engine = fakeEngine();
  const host = fakeHost({ env: { PLUMBLINE_IMAGES_LOCK: join(project, "images.lock.json") } });
  host.files.set("/proc/sys/vm/overcommit_memory", "1\n");
  const folder = stackFolder("test", project);
  await mkdir(folder.secrets, { recursive: true, mode: 0o700 });
  const wanted = { ...(await readWanted({ stack: "test", profile: "minimal" })), folder, host };
  engine.world.facts = { ...engine.world.facts, memory: host.memory, cpus: 2 };
  for (const { image } of wanted.services)
    for (const source of image.sources) if (source.kind === "registry") engine.images.registry.add(source.reference);
  const runtime: Runtime = {
    ...fakeRuntime(engine),
    name: "engine",
    features: { machine: false, mounts: true },
    detect: async () => ({ ok: true, detail: engine.address }),
    observe: async () => ({ state: "running", configured: undefined, facts: await engine.facts() }),
    apply: () => Promise.reject(new Error("the machine stays as it is")),
    limits: () => [],
    engine: async () => engine,
    teardown: async () => {},
  };
  const state = { state: "running", configured: undefined, facts: engine.world.facts } as const;
  return {
    project,
    engine,
    host,
    wanted,
    discovery: { kind: "engine", runtime, state, engine },
    env: {},
    user: 0,
    atEnd,
  };
}

/** Everything that `doctor` looks at, except Node.js and the installation. */
export async function lookAt({ wanted, discovery, engine, env, user }: DoctorWorld): Promise<readonly Finding[]> {
  const found: Discovery =
    discovery.kind === "engine" && discovery.engine === engine
      ? { ...discovery, state: { ...discovery.state, facts: engine.world.facts } }
      : discovery;
  const parts = [
    checkEngine(wanted, found, new AbortController().signal),
    checkSurroundings(wanted, found, env),
    checkFolders(wanted, user),
    checkLeftovers(wanted, found),
    ...(found.kind === "engine" ? [checkObserved(wanted, found)] : []),
  ];
  return (await Promise.all(parts)).flat();
}
