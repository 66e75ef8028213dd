/** The measured stack: brought up once for its images and files, wiped before every cold start. */
import { fileURLToPath } from "node:url";
import { messageOf, PlumblineError } from "../../../stack/core/errors.ts";
import type { Report } from "../../../stack/core/progress.ts";
import { destroy } from "../../../stack/commands/destroy.ts";
import { lastLines, runCommand } from "../../../stack/host/run.ts";
import type { StackOptions } from "../../../stack/commands/request/request.ts";
import type { RunningStack } from "../../../stack/commands/request/running-stack.ts";
import { up } from "../../../stack/commands/up.ts";
import { openCompose } from "../../../stack/docker/compose.ts";
import { projectName } from "../../../stack/core/stack-names.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A cold start of Plumbline or of Compose, on a busy machine. */
const COMMAND_DEADLINE_MS = 300_000;
/** Lines of a failed command's output that an error repeats. */
const ERROR_LINES = 15;

export interface OwnStack {
  readonly running: RunningStack;
  readonly project: string;
  readonly signal: AbortSignal;
  /** Removes this project's containers, network and volumes; images, files and credentials stay. */
  wipe(): Promise<void>;
  /** Runs `docker compose` on this project, with `file` instead of the generated compose file if given. */
  compose(args: readonly string[], file?: string): Promise<void>;
  composeVersion(): Promise<string | undefined>;
  /** Runs Plumbline in a new process, from this project's folder. Rejects with BENCH_FAILED if it fails. */
  command(argv: readonly string[]): Promise<void>;
}

export interface OwnStackOptions extends StackOptions {
  /** The command that holds the stack's lock. */
  readonly command: string;
  readonly provision: boolean;
  /** Only these services, and what they require. */
  readonly only?: readonly string[];
  readonly confirm: (question: string) => Promise<boolean>;
}

/** Brings the stack up, passes it to `use`, and always destroys it afterwards. */
export async function withOwnStack<Result>(
  options: OwnStackOptions,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
  use: (own: OwnStack) => Promise<Result>,
): Promise<Result> {
  try {
    const { used: running } = await up(options, { report, signal }, async (stack) => stack);
    return await use(await openStack(running, signal));
  } finally {
    const everything = { services: [], machine: false, images: false, results: true, confirm: async () => true };
    const never = new AbortController();
    await destroy({ ...options, ...everything, signal: never.signal }, { report, signal: never.signal });
  }
}

async function openStack(running: RunningStack, signal: AbortSignal): Promise<OwnStack> {
  const { wanted, world } = running;
  const { engine } = world;
  const compose = openCompose(engine, process.env);
  const project = projectName(wanted.stack);
  return {
    running,
    project,
    signal,
    wipe: async () => {
      const containers = await engine.containers(project);
      await Promise.all(containers.map(({ id }) => engine.remove(id)));
      for (const name of await engine.networks(project)) await engine.removeNetwork(name);
      for (const name of await engine.volumes(project)) await engine.removeVolume(name);
    },
    compose: async (args, file = wanted.folder.composeFile) => {
      await compose.run(["-f", file, "-p", project, ...args], { signal, timeoutMs: COMMAND_DEADLINE_MS });
    },
    composeVersion: () => compose.version(),
    command: (argv) => command(argv, signal),
  };
}

async function command(argv: readonly string[], signal: AbortSignal): Promise<void> {
  const result = await runCommand(argv, { cwd: ROOT, timeoutMs: COMMAND_DEADLINE_MS, signal });
  if (result.ok) return;
  throw new PlumblineError("BENCH_FAILED", {
    what: `A command that was to be measured failed: ${argv.join(" ")}`,
    why: lastLines(result.stderr, ERROR_LINES).join("\n") || messageOf(result.ended),
    fix: "Run it by hand, see what is wrong, and measure again",
  });
}
