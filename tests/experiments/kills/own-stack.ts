/** A stack of an experiment's own on the local engine: run by the real command line, emptied and removed. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stackPortOffset } from "../../../stack/core/desire/stack-ports.ts";
import { projectName } from "../../../stack/core/stack-names.ts";
import { openEngine } from "../../../stack/docker/engine.ts";
import { stackFolder } from "../../../stack/records/folder.ts";
import { startCli, type Ended, type Running } from "../../support/live/cli.ts";
import { upCodeOf, type UpCode } from "./up-code.ts";

export interface ExperimentStack {
  readonly name: string;
  readonly project: string;
  readonly profile: string;
  readonly engine: Awaited<ReturnType<typeof openEngine>>;
  setProfile(text: string): Promise<void>;
  readonly offset: number;
  /** Path in the stack's folder. */
  readonly file: (...path: readonly string[]) => string;
  /** Returns the name of its container. */
  readonly container: (instance: string) => string;
  /** Starts a command with the stack, its profile and --json. */
  begin(command: string, args?: readonly string[]): Running;
  /** Resolves how `up --no-bench` ended. */
  up(): Promise<UpCode & { readonly tookMs: number; readonly ended: Ended }>;
  /** Removes the containers, the network and the volumes; files and credentials stay. */
  wipe(): Promise<void>;
  remove(): Promise<void>;
}

let made = 0;

export async function openStack(
  prefix: string,
  profileText: string,
  {
    args: always = [],
    env = {},
  }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ExperimentStack> {
  made += 1;
  const name = `${prefix}-${process.pid}-${made}`;
  const project = projectName(name);
  const home = await mkdtemp(join(tmpdir(), `plumbline-${name}-`));
  const profile = join(home, "test.yaml");
  await writeFile(profile, profileText);
  const engine = await openEngine(process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock");
  const begin: ExperimentStack["begin"] = (command, args = []) => {
    const flags = ["--stack", name, "--runtime", "engine", "--json", ...args];
    const given = command === "up" ? ["--profile", profile, "--no-bench", "--no-provision", ...always] : [];
    return startCli(command, [...flags, ...given], env);
  };
  const wipe = async () => {
    const containers = await engine.containers(project);
    await Promise.all(containers.map(({ id }) => engine.remove(id)));
    for (const network of await engine.networks(project)) await engine.removeNetwork(network);
    for (const volume of await engine.volumes(project)) await engine.removeVolume(volume);
    await engine.forgetLostVolumes(project);
  };
  return {
    name,
    project,
    profile,
    engine,
    offset: stackPortOffset(name),
    file: (...path) => join(stackFolder(name).root, ...path),
    setProfile: (text) => writeFile(profile, text),
    container: (instance) => `${project}-${instance}`,
    begin,
    up: async () => {
      const startedAt = performance.now();
      const ended = await begin("up").ended;
      return { ...upCodeOf(ended), ended, tookMs: performance.now() - startedAt };
    },
    wipe,
    remove: async () => {
      await wipe();
      await begin("destroy", ["--yes"]).ended;
      await rm(stackFolder(name).root, { recursive: true, force: true });
      await rm(home, { recursive: true, force: true });
    },
  };
}
