import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { run } from "./colima.ts";
import { loadConfig, type Config } from "./config.ts";
import { readDisk, realDiskBytes } from "./disk.ts";
import { contextExists, currentContext } from "./docker-context.ts";
import { befall, isImmediate } from "./befall.ts";
import { addFault, type Fault, type PendingFault } from "./faults.ts";
import { Overdue } from "./hang.ts";
import { placeOf } from "./place.ts";
import { readLima, readStore, readVm, type LimaRecord, type Store, type Vm } from "./records.ts";
import { socketTarget } from "./socket.ts";
import type { Knobs, World } from "./world.ts";

export interface FakeColimaOptions {
  /** `0.6`, `0.8`, `0.9`, `0.10`, or a full version; 0.10 if not given. */
  readonly version?: string;
  /** Linux if not given. The fake Mac is an Apple silicon one with macOS 13 or later. */
  readonly platform?: "linux" | "darwin";
  /** The socket of a real engine that the fake VM's docker socket leads to while it runs. */
  readonly engineSocket?: string;
  readonly faults?: readonly PendingFault[];
}

/** All separate records of one Colima profile, true and false ones. */
export interface FakeState {
  readonly desired: Config | undefined;
  readonly state: Config | undefined;
  readonly lima: LimaRecord | undefined;
  readonly store: Store | undefined;
  readonly vm: Vm | undefined;
  readonly diskBytes: number | undefined;
  /** Lima's lock: the directory of the instance that uses the disk. */
  readonly diskLockedBy: string | undefined;
  readonly hasContext: boolean;
  readonly currentContext: string | undefined;
  readonly socketTarget: string | undefined;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** It did not end within its limit. */
  readonly isOverdue?: true;
}

/** The last release of each line that COLIMA.md tells apart. */
const releases: Readonly<Record<string, string>> = {
  "0.6": "0.6.10",
  "0.8": "0.8.4",
  "0.9": "0.9.1",
  "0.10": "0.10.3",
};

/** A Colima in a folder of its own: programs for PATH, a home, and a view of what is really the case. */
export class FakeColima {
  /** Lay this over `process.env`. It hides the user's own home, docker client configuration and contexts. */
  readonly env: Readonly<Record<string, string>>;
  /** COLIMA_HOME. */
  readonly home: string;
  /** The folder with the launchers `colima` and `limactl`; already first in `env.PATH`. */
  readonly bin: string;
  readonly #directory: string;
  #knobs: Knobs;

  private constructor(directory: string, knobs: Knobs) {
    this.#directory = directory;
    this.#knobs = knobs;
    this.home = join(directory, "h");
    this.bin = join(directory, "bin");
    this.env = {
      PATH: `${this.bin}${delimiter}${process.env["PATH"] ?? ""}`,
      HOME: join(directory, "user"),
      COLIMA_HOME: this.home,
      DOCKER_CONFIG: join(directory, "docker"),
      // Empty counts as unset, so the developer's own values have no effect.
      LIMA_HOME: "",
      COLIMA_PROFILE: "",
      COLIMA_SAVE_CONFIG: "",
      XDG_CONFIG_HOME: "",
      DOCKER_HOST: "",
      DOCKER_CONTEXT: "",
    };
  }

  static async create(options: FakeColimaOptions = {}): Promise<FakeColima> {
    // Sockets have at most 104 characters on macOS, whose own temporary folder takes half of them.
    const directory = await mkdtemp(join(existsSync("/tmp") ? "/tmp" : tmpdir(), "fc-"));
    const wanted = options.version ?? "0.10";
    const knobs: Knobs = {
      version: releases[wanted] ?? wanted,
      platform: options.platform ?? "linux",
      engineSocket: options.engineSocket,
    };
    const fake = new FakeColima(directory, knobs);
    for (const folder of ["h", "bin", "user", "docker"]) await mkdir(join(directory, folder));
    await writeFile(join(directory, "knobs.json"), JSON.stringify(knobs));
    await writeLaunchers(directory, fake.bin);
    await shareClientPlugins(join(directory, "docker"));
    for (const fault of options.faults ?? []) fake.inject(fault);
    return fake;
  }

  /**
   * Runs a command in this process: the same code as the launchers, without the time to start them. One that would take
   * longer than `limitMs` ends at once as overdue, after what it has said until then.
   */
  async run(argv: readonly string[], env: Readonly<Record<string, string>> = {}, limitMs?: number): Promise<Outcome> {
    return this.#run("colima", argv, env, limitMs);
  }

  async limactl(argv: readonly string[], limitMs?: number): Promise<Outcome> {
    return this.#run("limactl", argv, { LIMA_HOME: join(this.home, "_lima") }, limitMs);
  }

  /** Immediate faults happen now; every other one waits for the next command that meets it, `times` times. */
  inject(fault: Fault, times: number | "always" = 1): void {
    if (isImmediate(fault)) befall(this.#world(), fault);
    else addFault(this.#directory, fault, times);
  }

  /** From now on the containers of this Compose project are those inside the VM: they exit whenever it stops. */
  async holds(project: string): Promise<void> {
    this.#knobs = { ...this.#knobs, project };
    await writeFile(join(this.#directory, "knobs.json"), JSON.stringify(this.#knobs));
  }

  state(profile: string): FakeState {
    const world = this.#world();
    const place = placeOf(world, profile);
    return {
      desired: loadConfig(place.desiredFile),
      state: loadConfig(place.stateFile),
      lima: readLima(place),
      store: readStore(place),
      vm: readVm(place),
      diskBytes: realDiskBytes(world, place),
      diskLockedBy: readDisk(place.diskDirectory)?.lockedBy,
      hasContext: contextExists(world, place),
      currentContext: currentContext(world),
      socketTarget: socketTarget(place),
    };
  }

  /** Ends what a hung command or a stale proxy left running and removes the folder. */
  async remove(): Promise<void> {
    for (const name of ["hung", "proxies"]) {
      const folder = join(this.#directory, name);
      for (const pid of existsSync(folder) ? await readdir(folder) : []) endProcess(Number.parseInt(pid, 10));
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #run(
    program: "colima" | "limactl",
    argv: readonly string[],
    env: Readonly<Record<string, string>>,
    limitMs: number | undefined,
  ): Promise<Outcome> {
    const [stdout, stderr]: [string[], string[]] = [[], []];
    const world: World = {
      ...this.#world(),
      env: { ...process.env, ...this.env, ...env },
      stdout: (text) => void stdout.push(text),
      stderr: (text) => void stderr.push(text),
      ...(limitMs === undefined ? {} : { limitMs }),
    };
    const outcome = (code: number) => ({ code, stdout: stdout.join(""), stderr: stderr.join("") });
    try {
      return outcome(await run(world, program, argv));
    } catch (error) {
      if (!(error instanceof Overdue)) throw error;
      return { ...outcome(-1), isOverdue: true };
    }
  }

  #world(): World {
    return {
      directory: this.#directory,
      env: this.env,
      knobs: this.#knobs,
      stdout: () => {},
      stderr: () => {},
      readLine: async () => "",
    };
  }
}

async function writeLaunchers(directory: string, bin: string): Promise<void> {
  const main = join(directory, "main.cjs");
  await writeFile(main, await (bundle ??= bundled()));
  for (const program of ["colima", "limactl", "lima"]) {
    const words = [process.execPath, main, program, directory].map(shellWord);
    const launcher = join(bin, program);
    await writeFile(launcher, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
    await chmod(launcher, 0o755);
  }
}

let bundle: Promise<string> | undefined;

/**
 * The fake as one JavaScript file, made once a process with the esbuild that tsx brings: a command then takes 0.1 s
 * instead of the 0.5 s that tsx needs to load two dozen files.
 */
async function bundled(): Promise<string> {
  const tsx = createRequire(import.meta.url).resolve("tsx");
  const esbuild = createRequire(tsx).resolve("esbuild/bin/esbuild");
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const options = ["--bundle", "--platform=node", "--format=cjs", "--log-level=warning"];
  const { stdout } = await promisify(execFile)(process.execPath, [esbuild, main, ...options], {
    maxBuffer: 16 * 1024 ** 2,
    timeout: 30_000,
  });
  return stdout;
}

/** `docker compose` may be a plugin in the user's own client folder, which DOCKER_CONFIG hides. */
async function shareClientPlugins(dockerConfig: string): Promise<void> {
  const own = process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
  const plugins = join(own, "cli-plugins");
  if (existsSync(plugins)) await symlink(plugins, join(dockerConfig, "cli-plugins"));
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function shellWord(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
