/** `logs`: shows the log output of a stack's servers. */
import { PlumblineError } from "../core/errors.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { Deployer, ShowLogsOptions } from "../core/machine/deployer.ts";
import type { Engine } from "../core/machine/engine.ts";
import type { Logs } from "../core/results/commands/logs.ts";
import { projectName } from "../core/stack-names.ts";
import { readWantedOrDefault } from "./down.ts";
import type { StackOptions } from "./request/request.ts";
import { requireEngine, stackDown } from "./request/discovery.ts";

export interface LogSource {
  readonly stack: string;
  /** The folder with the stack's generated files. */
  readonly folder: string;
  readonly engine: Engine;
  readonly deploy: Deployer;
  readonly containers: readonly ObservedContainer[];
}

/**
 * Finds the containers of these services or instances; all containers if none is named. Rejects with STACK_DOWN,
 * WRONG_USAGE.
 */
export async function findLogs(options: StackOptions, names: readonly string[]): Promise<LogSource> {
  const wanted = await readWantedOrDefault(options);
  const { engine, runtime } = await requireEngine(wanted);
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
  return { stack: wanted.stack, folder: wanted.folder.root, engine, deploy: runtime.deploy, containers };
}

/** Resolves the last lines of each container. */
export async function readLogs({ stack, engine, containers }: LogSource, lines: number): Promise<Logs> {
  const instances = containers.map(async ({ id, instance, state }) => ({
    instance,
    state,
    lines: await engine.logs(id, lines),
  }));
  return { stack, instances: await Promise.all(instances) };
}

/** Writes the containers' log output as text for people. Also resolves when the signal aborts it. */
export async function showLogs(
  { stack, folder, deploy, containers }: LogSource,
  options: ShowLogsOptions,
): Promise<void> {
  const instances = containers.map(({ instance }) => instance);
  await deploy.showLogs({ stack, folder }, instances, options);
}
