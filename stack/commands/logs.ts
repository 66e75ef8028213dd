/** `logs`: what the servers of a stack have written. */
import { Transform } from "node:stream";
import { finished } from "node:stream/promises";
import { PlumblineError } from "../core/errors.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { Engine } from "../core/machine/engine.ts";
import type { Logs } from "../core/results/commands/logs.ts";
import { projectName } from "../core/stack-names.ts";
import { readWantedOrDefault } from "./down.ts";
import type { StackOptions } from "./request/request.ts";
import { requireEngine, stackDown } from "./request/discovery.ts";

export interface LogSource {
  readonly stack: string;
  readonly engine: Engine;
  readonly containers: readonly ObservedContainer[];
}

/** The containers of these services or instances; of all where none is named. Rejects with STACK_DOWN, WRONG_USAGE. */
export async function findLogs(options: StackOptions, names: readonly string[]): Promise<LogSource> {
  const wanted = await readWantedOrDefault(options);
  const { engine } = await requireEngine(wanted);
  const all = await engine.containers(projectName(wanted.stack));
  if (all.length === 0) throw stackDown(wanted.stack, "it has no container, and logs go with their container");
  const known = (name: string) => all.some(({ service, instance }) => name === service || name === instance);
  const unknown = names.filter((name) => !known(name));
  if (unknown.length > 0) {
    throw new PlumblineError("WRONG_USAGE", {
      what: `There is no log of ${unknown.join(", ")}`,
      why: "the stack has no container of that service or instance",
      fix: `Use some of: ${[...new Set(all.flatMap(({ service, instance }) => [service, instance]))].join(", ")}`,
    });
  }
  const containers = all.filter(({ service, instance }) => {
    return names.length === 0 || names.includes(service) || names.includes(instance);
  });
  return { stack: wanted.stack, engine, containers };
}

/** The last lines of each container. */
export async function readLogs({ stack, engine, containers }: LogSource, lines: number): Promise<Logs> {
  const instances = containers.map(async ({ id, instance, state }) => ({
    instance,
    state,
    lines: await engine.logs(id, lines),
  }));
  return { stack, instances: await Promise.all(instances) };
}

export interface ShowOptions {
  readonly lines: number;
  /** Goes on until the signal comes. */
  readonly follow: boolean;
  readonly coloured: boolean;
  /** Left open. */
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** Without `follow`; with it there is no limit but the reader's. */
const SHOW_DEADLINE_MS = 60_000;

/** Writes what `docker compose logs` says. Resolves also when the signal ends it. Rejects with COMPOSE_FAILED. */
export async function showLogs(source: LogSource, options: ShowOptions): Promise<void> {
  const { lines, follow, coloured, output, signal } = options;
  const { stack, engine, containers } = source;
  const flags = ["--tail", String(lines), ...(follow ? ["--follow"] : [])];
  const names = containers.map(({ instance }) => instance);
  // Compose finds containers by their labels: the generated file may hold fewer than run (`up --only`).
  const global = ["--ansi", coloured ? "always" : "never", "-p", projectName(stack)];
  const cleaned = withoutErasing();
  cleaned.pipe(output, { end: false });
  await engine.followCompose([...global, "logs", ...flags, ...names], {
    output: cleaned,
    signal,
    ...(follow ? {} : { timeoutMs: SHOW_DEADLINE_MS }),
  });
  cleaned.end();
  await finished(cleaned);
}

/** Compose 2 begins every line with this, also where no terminal is: there is nothing to erase. */
const ERASE_LINE = "\u001B[2K";

/** Line by line, since the sequence may be cut in two on its way. */
export function withoutErasing(): Transform {
  let rest = "";
  return new Transform({
    decodeStrings: false,
    encoding: "utf8",
    transform(chunk: string, _encoding, done) {
      const text = rest + chunk;
      const end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      done(undefined, text.slice(0, end).replaceAll(ERASE_LINE, ""));
    },
    flush(done) {
      done(undefined, rest.replaceAll(ERASE_LINE, ""));
    },
  });
}
