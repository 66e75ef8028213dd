/** Company: other programs of this computer that use it while a stack is measured. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { PlumblineError } from "../../../../stack/core/errors.ts";

/**
 * `bursts`: a busy loop on one core, half a second on and half a second off. `compiler`: two processes that read and
 * parse sources. `disk`: a process that writes 64 MiB and syncs them, again and again.
 */
export const COMPANIES = ["none", "bursts", "compiler", "disk"] as const;
export type CompanyName = (typeof COMPANIES)[number];

export const companyTitles: Readonly<Record<CompanyName, string>> = {
  none: "nothing else",
  bursts: "a busy loop on one core, half of the time",
  compiler: "two processes that read and parse sources",
  disk: "a process that writes 64 MiB and syncs them",
};

/** What the processes of a company do; `half` is `bursts` in steps of 50 ms. */
type Work = Exclude<CompanyName, "none"> | "half";

const PROCESSES: Readonly<Record<Work, number>> = { bursts: 1, half: 1, compiler: 2, disk: 1 };
const PROGRAM = fileURLToPath(new URL("./company-process.mjs", import.meta.url));
/** The sources that are parsed: a few thousand files of all sizes, there wherever this runs. */
const SOURCES = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

export interface CompanyOptions {
  /** The processes end by themselves after this time. */
  readonly seconds: number;
  /** Where the disk is written: a folder on the disk that the stack uses too. */
  readonly folder: string;
}

export interface Company {
  /** Ends all processes, and resolves when they are gone. Rejects if one had ended before: then it was no company. */
  leave(): Promise<void>;
}

/** Starts the processes, and resolves when all of them work. */
export async function invite(kind: Work | "none", { seconds, folder }: CompanyOptions): Promise<Company> {
  if (kind === "none") return { leave: () => Promise.resolve() };
  const argv = [PROGRAM, kind, `${seconds}`, kind === "compiler" ? SOURCES : folder];
  const guests = Array.from({ length: PROCESSES[kind] }, () => guestOf(argv));
  try {
    await Promise.all(guests.map(({ begun }) => begun));
  } catch (error) {
    await Promise.all(guests.map(end));
    throw error;
  }
  return {
    leave: async () => {
      const lasted = guests.every(({ child }) => child.exitCode === null);
      await Promise.all(guests.map(end));
      if (!lasted) throw left(kind, seconds);
    },
  };
}

interface Guest {
  readonly child: ChildProcess;
  readonly begun: Promise<unknown>;
  readonly gone: Promise<unknown>;
}

function guestOf(argv: readonly string[]): Guest {
  const child = spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "inherit"] });
  const gone = once(child, "close").catch(() => undefined);
  const begun = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the company exited with ${code}`)));
    child.stdout.once("data", resolve);
  });
  return { child, begun, gone };
}

/** Closing its input ends it; it notices within one step of its work. */
async function end({ child, gone }: Guest): Promise<void> {
  child.stdin?.end();
  await gone;
}

function left(kind: string, seconds: number): PlumblineError {
  return new PlumblineError("BENCH_FAILED", {
    what: `The company (${kind}) ended before the measurement`,
    why: `its processes failed, or the measurement took longer than their ${seconds} s`,
    fix: "See what this computer does, and run the command again with --resume",
  });
}
