/** A command as a person runs it: `npm run <command>` in a pipeline, or on a terminal of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MARK } from "./family.ts";

export interface Order {
  readonly mark: string;
  /** Arguments of `npm run`. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly terminal: boolean;
}

export interface RunningCommand {
  /** Leads the process group of the pipeline, or is the terminal. */
  readonly leader: ChildProcess;
  /** What it has printed until now, both outputs. */
  said(): Promise<string>;
  /** Undefined until it has ended, and if its shell was ended with it. */
  exitCode(): Promise<number | undefined>;
  /** Sends a signal to the reader of its outputs. */
  readonly toReader: (signal: NodeJS.Signals) => Promise<void>;
  remove(): Promise<void>;
}

/** Handlers, which children do not inherit: a shell that is interrupted itself still notes the exit code. */
const HANDLES = "trap : INT TERM HUP";
/** A terminal that is closed ends its first shell, and by that end the kernel tells the others. */
const HANDLES_ON_TERMINAL = "trap : INT TERM";
const NOTES_CODE = `"$@"; echo $? > "$FOLDER/code"`;
/** The reader outlives a Ctrl-C, so that what the command says last can be read. */
const READER = `echo $BASHPID > "$FOLDER/reader"; trap '' INT TERM HUP; exec cat`;
const PIPELINE = `${HANDLES}; { ${HANDLES}; ${NOTES_CODE}; } 2>&1 | { ${READER}; } > "$FOLDER/said"`;

export async function runOrder({ mark, args, cwd, env, terminal }: Order): Promise<RunningCommand> {
  const folder = await mkdtemp(join(tmpdir(), "plumbline-ends-"));
  const inside = { ...process.env, ...env, FOLDER: folder, [MARK]: mark, SHELL: "/bin/bash" };
  const npm = ["npm", "run", ...args];
  const leader = terminal
    ? spawn("script", ["-qefc", onTerminal(npm), join(folder, "said")], {
        cwd,
        env: inside,
        detached: true,
        stdio: ["pipe", "ignore", "ignore"],
      })
    : spawn("bash", ["-c", PIPELINE, "bash", ...npm], { cwd, env: inside, detached: true, stdio: "ignore" });
  leader.stdin?.on("error", () => undefined);
  const text = (name: string) => readFile(join(folder, name), "utf8").catch(() => "");
  return {
    leader,
    said: () => text("said"),
    exitCode: async () => {
      const code = (await text("code")).trim();
      return code === "" ? undefined : Number(code);
    },
    toReader: async (signal) => {
      process.kill(Number((await text("reader")).trim()), signal);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A terminal without a size cannot show a line that is painted again, so it gets one. */
function onTerminal(npm: readonly string[]): string {
  const words = npm.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return `stty cols 120 rows 40; set -- ${words}; ${HANDLES_ON_TERMINAL}; ${NOTES_CODE}`;
}
