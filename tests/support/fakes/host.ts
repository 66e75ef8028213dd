/** A computer in memory: files, links, programs on the PATH, processes that were left running, time that passed. */
import { bytes } from "../../../stack/core/units.ts";
import type { Host } from "../../../stack/host/host.ts";
import type { RunOptions, RunResult } from "../../../stack/host/run.ts";

/** What a program says; one that says nothing succeeds. */
export type Answer = Partial<Pick<RunResult, "stdout" | "stderr" | "exitCode">>;

export interface FakeHost extends Host {
  readonly files: Map<string, string>;
  /** Modes of the files that were written. */
  readonly modes: Map<string, number>;
  /** What links point to, by their path. */
  readonly links: Map<string, string>;
  readonly launched: { readonly argv: readonly string[]; readonly log: string }[];
}

export interface HostParts extends Partial<Pick<Host, "platform" | "home" | "isRoot" | "env" | "which" | "kind">> {
  /** Names of the programs on the PATH. */
  readonly commands?: Pick<ReadonlySet<string>, "has">;
  /** Answers a command that is run. */
  readonly answer?: (argv: readonly string[], options: RunOptions) => Answer;
  /** What a process does that is launched. */
  readonly launch?: (argv: readonly string[], log: string, pid: number) => void;
  /** Told what is slept. */
  readonly passed?: (durationMs: number) => void;
}

/** Process ids of launched processes count up from here. */
const FIRST_PID = 100;

export function fakeHost(parts: HostParts = {}): FakeHost {
  const { commands = new Set<string>(), answer = () => ({}), launch = () => {}, passed = () => {}, ...given } = parts;
  const files = new Map<string, string>();
  const modes = new Map<string, number>();
  const links = new Map<string, string>();
  const launched: FakeHost["launched"] = [];
  const names = (folder: string) =>
    [...files.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
  return {
    files,
    modes,
    links,
    launched,
    platform: "linux",
    architecture: "x64",
    cpus: 4,
    memory: bytes(8_000_000_000),
    home: "/root",
    isRoot: true,
    hasTerminal: false,
    env: {},
    run: async (argv, options) => resultOf(options.signal?.aborted ? undefined : answer(argv, options)),
    launch: async (argv, log) => {
      launched.push({ argv, log });
      const pid = FIRST_PID + launched.length - 1;
      launch(argv, log, pid);
      return pid;
    },
    which: async (command) => (commands.has(command.split("/").at(-1) ?? "") ? `/bin/${command}` : undefined),
    read: async (path) => files.get(path),
    write: async (path, text, mode = 0o644) => {
      files.set(path, text);
      modes.set(path, mode);
    },
    makeFolder: async () => {},
    list: async (folder) => [...new Set(names(folder).map((path) => path.split("/", 1)[0] ?? path))],
    kind: async (path) => {
      if (links.has(path)) return "link";
      if (files.has(path)) return "file";
      return names(path).length > 0 ? "folder" : "absent";
    },
    link: async (target, path) => {
      links.set(path, target);
    },
    remove: async (path) => {
      links.delete(path);
      for (const file of files.keys()) if (file === path || file.startsWith(`${path}/`)) files.delete(file);
    },
    sleep: async (durationMs, signal) => {
      signal?.throwIfAborted();
      passed(durationMs);
    },
    ...given,
  };
}

/** Undefined: the run was aborted before it began. */
function resultOf(answer: Answer | undefined): RunResult {
  if (answer === undefined) return { ended: "aborted", ok: false, exitCode: -1, stdout: "", stderr: "" };
  const { stdout = "", stderr = "", exitCode = 0 } = answer;
  return { ended: "exited", ok: exitCode === 0, exitCode, stdout, stderr };
}
