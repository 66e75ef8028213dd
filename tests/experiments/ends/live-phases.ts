/** Phases on a real engine: a stack that is made, and one that runs and is measured, changed and read. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { projectName } from "../../../stack/core/stack-names.ts";
import { lastLines, runCommand } from "../../../stack/host/run.ts";
import { stackFolder } from "../../../stack/records/folder.ts";
import { REDIS_ONLY, SMALL } from "../../support/live/profiles.ts";
import { newStack } from "./engine-phases.ts";
import { openHoldingEngine } from "./holding-engine.ts";
import type { Phase, Scene } from "./phase.ts";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
const COMMAND_MS = 180_000;

/** Measured for long enough to be ended while it is. */
const MEASURED = SMALL.replace("budget: 5 s", "budget: 20 s");
/** The same with more memory: every server gets new settings, and PostgreSQL restarts behind its pool. */
const LARGER = MEASURED.replace("memory: 2 GiB", "memory: 3 GiB").replace("clients: 5", "clients: 40");

/** The next \`up\` finds what the ended one left. */
export const UP = ["--no-bench", "--yes"];

export interface Made {
  readonly stack: string;
  readonly home: string;
  readonly profile: string;
  readonly flags: readonly string[];
}

export async function make(text: string): Promise<Made> {
  const home = await mkdtemp(join(tmpdir(), "plumbline-ends-live-"));
  const stack = newStack();
  const profile = join(home, "test.yaml");
  await writeFile(profile, text);
  return { stack, home, profile, flags: ["--stack", stack, "--runtime", "engine"] };
}

async function command(args: readonly string[]): Promise<void> {
  const argv = ["node", "scripts/bootstrap.mjs", ...args];
  const result = await runCommand(argv, { cwd: PROJECT, timeoutMs: COMMAND_MS });
  if (!result.ok) throw new Error(`${args.join(" ")}: ${lastLines(result.stderr, 5).join(" ")}`);
}

export async function unmake({ stack, home, flags }: Made): Promise<void> {
  await command(["scripts/destroy.ts", "--yes", ...flags]);
  await rm(stackFolder(stack).root, { recursive: true, force: true });
  await rm(home, { recursive: true, force: true });
}

/** An `up` that makes its stack, held at a request to the engine. */
const made: readonly Phase[] = [
  { name: "network creation", moment: /^POST \S*\/networks\/create/m },
  { name: "volume creation", moment: /^POST \S*\/volumes\/create/m },
  { name: "container creation", moment: /^POST \S*\/containers\/create/m },
  { name: "container start", moment: /^POST \S*\/containers\/\S+\/start/m },
  { name: "pull asked", moment: /^GET \S*\/distribution\//m, flags: ["--images", "registry"] },
].map(({ name, moment, flags = [] }): Phase => ({
  command: "up",
  name,
  group: "live",
  open: async () => {
    const stack = await make(REDIS_ONLY);
    const engine = await openHoldingEngine(moment);
    return {
      args: ["up", "--", "--profile", stack.profile, ...UP, ...flags, ...stack.flags],
      env: { DOCKER_HOST: engine.address },
      reached: engine.isHolding,
      folder: stackFolder(stack.stack).root,
      next: { args: ["up", "--", "--profile", stack.profile, ...UP, ...stack.flags], codes: [0] },
      recover: engine.letGo,
      close: async () => {
        await engine.close();
        await unmake(stack);
      },
    };
  },
}));

/** Brought up once, since a start takes longer than a row; the last row removes it. */
let running: Promise<Made> | undefined;

export async function runningStack(): Promise<Made> {
  running ??= make(MEASURED).then(async (stack) => {
    await upAgain(stack);
    return stack;
  });
  return running;
}

/** Brings the running stack into the state that it had before a row changed it. */
export async function upAgain({ profile, flags }: Made): Promise<void> {
  await command(["scripts/up.ts", "--profile", profile, ...UP, ...flags]);
}

export async function closeLive(): Promise<void> {
  if (running) await unmake(await running);
}

interface Moment {
  readonly name: string;
  readonly args: readonly string[];
  readonly reached: (said: string, stack: Made, results: number) => boolean | Promise<boolean>;
  /** Text of the profile that the command is given. */
  readonly profile?: string;
}

const measuring = (said: string) => /benchmarks \(/i.test(said);
/** A part of the results is saved once blocks are measured. */
const hasBlocks = async (said: string, { stack }: Made, results: number) =>
  measuring(said) && (await resultsOf(stack)) > results;

const MOMENTS: readonly Moment[] = [
  { name: "data of the benchmarks", args: ["verify"], reached: measuring },
  { name: "blocks", args: ["verify"], reached: hasBlocks },
  { name: "blocks", args: ["bench"], reached: hasBlocks },
  { name: "threads", args: ["bench", "--threads", "2"], reached: hasBlocks },
  { name: "native tools", args: ["bench", "--full"], reached: () => runs(/^(redis-benchmark|pgbench)$/) },
  {
    name: "calibration probes",
    args: ["bench", "--full"],
    reached: (said) => measuring(said) && runs(/^(dd|timeout)$/),
  },
  { name: "quiet machine waited for", args: ["baseline", "record"], reached: (said) => said.includes("quiet") },
  { name: "following", args: ["logs", "--follow"], reached: (said) => /redis-1.*\|/.test(said) },
  {
    name: "settings",
    args: ["switch"],
    profile: LARGER,
    reached: (said) => /(restart|apply|drain) \S*postgres/.test(said),
  },
  { name: "stop of containers", args: ["down", "--yes"], reached: (_, { stack }) => stops(stack) },
];

const measured: readonly Phase[] = MOMENTS.map(({ name, args, reached, profile }): Phase => ({
  command: args
    .slice(0, 2)
    .join(" ")
    .replace(/ --(yes|threads|full)$/, ""),
  name,
  group: "live",
  open: async (): Promise<Scene> => {
    const stack = await runningStack();
    await upAgain(stack);
    const other = join(stack.home, "other.yaml");
    if (profile !== undefined) await writeFile(other, profile);
    const results = await resultsOf(stack.stack);
    const [script = "", ...flags] = args;
    const given = profile === undefined ? [] : [other];
    return {
      args: [script, "--", ...given, ...flags, ...stack.flags],
      env: {},
      reached: (said) => reached(said, stack, results),
      folder: stackFolder(stack.stack).root,
      next: { args: ["up", "--", "--profile", stack.profile, ...UP, ...stack.flags], codes: [0] },
      close: async () => undefined,
    };
  },
}));

async function resultsOf(stack: string): Promise<number> {
  const { results } = stackFolder(stack);
  return existsSync(results) ? (await readdir(results)).filter((name) => name.endsWith(".json")).length : 0;
}

/** Returns whether a program of a container runs: this computer sees it too. */
async function runs(name: RegExp): Promise<boolean> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(pids.map((pid) => isInContainer(pid, name)));
  return found.includes(true);
}

async function isInContainer(pid: string, name: RegExp): Promise<boolean> {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
  return name.test((await read("comm")).trim()) && /docker|containerd/.test(await read("cgroup"));
}

/** Returns whether fewer than the stack's containers run. */
async function stops(stack: string): Promise<boolean> {
  const filter = `label=com.docker.compose.project=${projectName(stack)}`;
  const { stdout } = await runCommand(["docker", "ps", "--quiet", "--filter", filter], { timeoutMs: COMMAND_MS });
  return stdout.trim().split("\n").length < 3;
}

export const livePhases: readonly Phase[] = [...made, ...measured];
