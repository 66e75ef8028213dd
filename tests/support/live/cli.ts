/** The real command line as a child process: one process group each, ended by a deadline, its progress readable. */
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { z } from "zod";
import {
  errorDocument,
  upDocument,
  type ErrorDocument,
  type UpDocument,
} from "../../../stack/report/documents/documents.ts";
import { until } from "./until.ts";

export const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));

/** A run that builds every image with a near mirror takes half of it; none that finds them takes a tenth. */
const RUN_DEADLINE_MS = 110_000;

export interface Ended {
  /** 128 + the signal's number for a run that a signal killed, as shells have it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  /** Progress until now. */
  stderr(): string;
  /** Waits for a line of the progress; rejects when the run ends without it. */
  says(pattern: RegExp): Promise<void>;
  /** Waits until something is so; rejects when the run ends before. */
  reaches(what: string, check: () => boolean | Promise<boolean>): Promise<void>;
  /** As a terminal does it: to the whole process group. */
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

type Environment = Readonly<Record<string, string>>;

/** Starts `npm run <command> -- <args>` without npm in between. An experiment is named by its path: "tests/experiments/self.ts". */
export function startCli(command: string, args: readonly string[], env: Environment = {}): Running {
  const script = command.endsWith(".ts") ? command : `scripts/${command}.ts`;
  const child = execa("node", ["scripts/bootstrap.mjs", script, ...args], {
    cwd: PROJECT,
    detached: true,
    reject: false,
    stdin: "ignore",
    stripFinalNewline: false,
    timeout: RUN_DEADLINE_MS,
    killSignal: "SIGKILL",
    env,
  });
  const { pid = 0 } = child;
  let progress = "";
  let over = false;
  child.stderr.on("data", (chunk: Buffer) => {
    progress += chunk.toString();
  });
  const ended = child.then(({ exitCode, signal, stdout, stderr, timedOut }): Ended => {
    over = true;
    if (timedOut) throw new Error(`${command} ${args.join(" ")} did not end within ${RUN_DEADLINE_MS} ms\n${stderr}`);
    return { exitCode: exitCode ?? (signal === "SIGKILL" ? 137 : 143), stdout, stderr };
  });
  ended.catch(() => undefined); // the test may end first; who awaits it still gets the reason
  const reaches = async (what: string, check: () => boolean | Promise<boolean>) => {
    await until(what, async () => {
      if (await check()) return true;
      if (over) throw new Error(`the run ended before: ${what}\n${progress}`);
      return false;
    });
  };
  return {
    pid,
    ended,
    reaches,
    stderr: () => progress,
    says: (pattern) => reaches(`it says ${pattern.source}`, () => pattern.test(progress)),
    signal: (name) => {
      process.kill(-pid, name);
    },
  };
}

/** The one document on stdout of a run that succeeded. */
export function successOf({ stdout, stderr }: Ended): UpDocument {
  const document = parseOnly(stdout, stderr);
  if (document.ok) return document;
  throw new Error(`the run failed: ${JSON.stringify(document.error, undefined, 2)}\n${stderr}`);
}

/** The error of a run with --json that failed, and the actions that were done before. */
export function failureOf({
  stdout,
  stderr,
}: Ended): ErrorDocument["error"] & { readonly done: ErrorDocument["done"] } {
  const document = parseOnly(stdout, stderr);
  if (!document.ok) return { ...document.error, done: document.done };
  throw new Error(`the run did not fail\n${stderr}`);
}

const anyDocument = z.discriminatedUnion("ok", [upDocument, errorDocument]);

/** JSON.parse refuses anything before or after the document. */
function parseOnly(stdout: string, stderr: string): UpDocument | ErrorDocument {
  try {
    return anyDocument.parse(JSON.parse(stdout));
  } catch (error) {
    throw new Error(`stdout is not one document: ${String(error)}\n${stdout}\n${stderr}`, { cause: error });
  }
}
