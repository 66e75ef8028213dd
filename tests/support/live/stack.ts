/** Whole stacks of a test's own, made by the real command line and removed by the engine's own interface. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { describe, test } from "vitest";
import { stackPortOffset } from "../../../stack/core/desire/stack-ports.ts";
import { projectName } from "../../../stack/core/stack-names.ts";
import { failureOf, PROJECT, startCli, successOf, type Ended, type Running } from "./cli.ts";
import { docker as local, whyNoEngine } from "./docker.ts";
import { claimStep, isFree } from "./ports.ts";

const STACK_LABEL = "plumbline.stack";
const PROJECT_LABEL = "com.docker.compose.project";
/** One port of each service: free ones mean that no other stack has this offset. */
const PROBED_PORTS = [5432, 6432, 6379, 3306, 5672];
const NAME = /^t-(\d+)-\d+$/;

export interface Options {
  /** Environment of every run: DOCKER_HOST, mirrors. */
  readonly env?: Readonly<Record<string, string>>;
  /** The engine that the environment names; the local one where absent. */
  readonly docker?: Docker;
}

/** Identity of a container and of its process: equal before and after means that nobody touched it. */
export interface Seen {
  readonly id: string;
  readonly startedAt: string;
  readonly state: string;
}

export class Stack {
  readonly name: string;
  readonly docker: Docker;
  readonly profile: string;
  readonly offset: number;
  private readonly home: string;
  private readonly env: Readonly<Record<string, string>>;
  private readonly release: () => Promise<void>;
  private readonly running: Running[] = [];

  /** `release` gives the claim on its ports back. */
  constructor(name: string, home: string, release: () => Promise<void>, { env = {}, docker = local }: Options) {
    this.name = name;
    this.home = home;
    this.release = release;
    this.env = env;
    this.docker = docker;
    this.profile = join(home, "test.yaml");
    this.offset = stackPortOffset(name);
  }

  get project(): string {
    return projectName(this.name);
  }

  /** Path in `.plumbline/<stack>/`; without one, that folder. */
  file(...path: readonly string[]): string {
    return join(PROJECT, ".plumbline", this.name, ...path);
  }

  async setProfile(text: string): Promise<void> {
    await writeFile(this.profile, text);
  }

  /** Starts `up` with this stack, its profile and --json. */
  begin(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Running {
    const running = startCli("up", ["--stack", this.name, "--profile", this.profile, "--json", ...args], {
      ...this.env,
      ...env,
    });
    this.running.push(running);
    return running;
  }

  run(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.begin(args, env).ended;
  }

  /** `up --no-bench`, which must succeed. */
  async up(args: readonly string[] = []): Promise<ReturnType<typeof successOf>> {
    return successOf(await this.run(["--no-bench", ...args]));
  }

  /** `up --no-bench`, which must fail. */
  async upFails(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const ended = await this.run(["--no-bench", ...args], env);
    return { ...failureOf(ended), processExitCode: ended.exitCode };
  }

  async seen(): Promise<Readonly<Record<string, Seen>>> {
    const listed = await this.docker.listContainers({ all: true, filters: this.filters });
    // One that is being made or removed at this moment is in the list only.
    const inspected = await Promise.allSettled(listed.map(({ Id }) => this.docker.getContainer(Id).inspect()));
    return Object.fromEntries(
      inspected.flatMap((result) => {
        if (result.status === "rejected") return [];
        const { Id, Config, State } = result.value;
        const seen = { id: Id, startedAt: State.StartedAt, state: State.Status };
        return [[Config.Labels["plumbline.instance"] ?? "", seen]];
      }),
    );
  }

  container(instance: string): Docker.Container {
    return this.docker.getContainer(`${this.project}-${instance}`);
  }

  async volumes(): Promise<readonly string[]> {
    const { Volumes } = await this.docker.listVolumes({ filters: this.filters });
    return Volumes.map(({ Name }) => Name).toSorted();
  }

  /** Everything that exists of this stack; empty when nothing was made. */
  async traces(): Promise<readonly string[]> {
    const networks = await this.docker.listNetworks({ filters: this.filters });
    return [
      ...Object.keys(await this.seen()).map((instance) => `container ${instance}`),
      ...(await this.volumes()).map((name) => `volume ${name}`),
      ...networks.map(({ Name }) => `network ${Name}`),
      ...(existsSync(this.file()) ? (await readdir(this.file())).map((name) => `file ${name}`).concat("folder") : []),
    ];
  }

  /** Ends what still runs and removes everything. */
  async close(): Promise<void> {
    for (const running of this.running) {
      try {
        running.signal("SIGKILL");
      } catch {} // it has ended already
      await running.ended.catch(() => undefined);
    }
    await removeProject(this.docker, this.project);
    await rm(this.file(), { recursive: true, force: true });
    await rm(this.home, { recursive: true, force: true });
    await this.release();
  }

  private get filters() {
    return { label: [`${PROJECT_LABEL}=${this.project}`] };
  }
}

let made = 0;

/** Of the actions of a document those that change something: without waits, and steps taken in case they are missing. */
export function changesIn<Planned extends { readonly action: string }>(plan: readonly Planned[]): readonly Planned[] {
  const waits = ["drain", "release", "await-instance", "await-service", "prepare"];
  return plan.filter(({ action }) => !waits.includes(action));
}

/** Number of an offset among the hundred: 47 times each of them has another remainder in 100. */
const step = (offset: number): number => offset % 100;

/** A stack of a name and of ports that nobody uses; nothing of it exists yet. */
export async function makeStack(profile: string, options: Options = {}): Promise<Stack> {
  if (made === 0) await removeStale();
  for (;;) {
    made += 1;
    const name = `t-${process.pid}-${made}`;
    const offset = stackPortOffset(name);
    const release = await claimStep(step(offset));
    if (!release) continue;
    const free = await Promise.all(PROBED_PORTS.map((port) => isFree(port + offset)));
    if (!free.every(Boolean)) {
      await release();
      continue;
    }
    const stack = new Stack(name, await mkdtemp(join(tmpdir(), `plumbline-${name}-`)), release, options);
    await stack.setProfile(profile);
    return stack;
  }
}

/** `describe` for tests that need an engine; skipped with the printed reason where none answers. To be awaited. */
export async function describeStack(title: string, body: () => void): Promise<void> {
  const reason = await whyNoEngine();
  if (reason === undefined) {
    describe(title, body);
    return;
  }
  process.stderr.write(`skipped: ${title}: ${reason}\n`);
  test.skip(`${title} (${reason})`);
}

/** Removes what tests left whose process is gone. */
async function removeStale(): Promise<void> {
  const listed = await local.listContainers({ all: true, filters: { label: [STACK_LABEL] } });
  const { Volumes } = await local.listVolumes();
  const names = new Set([
    ...listed.map(({ Labels }) => Labels[STACK_LABEL] ?? ""),
    ...Volumes.map(({ Labels }) => (Labels?.[PROJECT_LABEL] ?? "").replace(/^plumbline-/, "")),
  ]);
  for (const name of names) {
    const pid = Number(NAME.exec(name)?.[1] ?? process.pid);
    if (existsSync(`/proc/${pid}`) || process.platform !== "linux") continue;
    await removeProject(local, projectName(name));
    await rm(join(PROJECT, ".plumbline", name), { recursive: true, force: true });
  }
}

/** Containers first: they hold the volumes and the network. */
async function removeProject(docker: Docker, project: string): Promise<void> {
  const filters = { label: [`${PROJECT_LABEL}=${project}`] };
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  const { Volumes: marks } = await docker.listVolumes({ filters: { label: [`plumbline.unfinished=${project}`] } });
  await Promise.all(marks.map(({ Name }) => docker.getVolume(Name).remove()));
  const { Volumes: records } = await docker.listVolumes({ filters: { label: [`plumbline.written-by=${project}`] } });
  await Promise.all(records.map(({ Name }) => docker.getVolume(Name).remove()));
  const { Volumes } = await docker.listVolumes({ filters });
  await Promise.all(Volumes.map(({ Name }) => docker.getVolume(Name).remove()));
  const networks = await docker.listNetworks({ filters });
  await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove()));
}
