/** Deploys with `docker compose`; shared by all runtimes whose containers run in one Docker engine. */
import { join } from "node:path";
import type { DeployedStack, Deployer, DeployOptions, Endpoint } from "../../core/machine/deployer.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { PUBLISHED_ADDRESS } from "../../core/service/container.ts";
import type { Diagnosis } from "../../core/results/diagnosis.ts";
import { COMPOSE_FILE, projectName } from "../../core/stack-names.ts";
import { openCompose, type Compose } from "../../docker/compose.ts";
import { composeFiles } from "../../render/compose.ts";
import { showComposeLogs } from "./logs.ts";

export interface ComposeInput {
  /** The runtime's name, which the generated file keeps for later commands. */
  readonly runtime: string;
  /** Returns the runtime's engine; called before every request, since a restart may replace it. */
  readonly engine: () => Promise<Engine>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Uses Compose to start, replace and resume containers, and the engine to change single containers. Also rejects with
 * COMPOSE_FAILED.
 */
export function composeDeployer({ runtime, engine, env }: ComposeInput): Deployer {
  let opened: { readonly engine: Engine; readonly compose: Compose } | undefined;
  const open = async () => {
    const current = await engine();
    if (opened?.engine !== current) opened = { engine: current, compose: openCompose(current, env) };
    return opened.compose;
  };
  const run = async (stack: DeployedStack, args: readonly string[], options: DeployOptions) => {
    const compose = await open();
    await compose.run([...projectOf(stack), ...args], options);
  };
  return {
    render: (desired) => composeFiles(desired, runtime),
    isInstalled: async () => (await (await open()).version()) !== undefined,
    diagnose: async () => diagnosis(await (await open()).version()),
    // Compose may see a difference in a container that the plan considers equal.
    start: (stack, instances, options) => run(stack, [...UP, "--no-recreate", ...instances], options),
    replace: (stack, instances, options) => run(stack, [...UP, "--force-recreate", ...instances], options),
    unpause: (stack, instance, options) => run(stack, ["unpause", instance], options),
    restart: async ({ id }, graceSeconds) => (await engine()).restart(id, graceSeconds),
    remove: async ({ id }) => (await engine()).remove(id),
    limits: async ({ id }, share) => (await engine()).updateLimits(id, share),
    showLogs: async (stack, instances, options) => showComposeLogs(await open(), stack, instances, options),
  };
}

const UP = ["up", "-d", "--no-deps"];

function projectOf({ stack, folder }: DeployedStack): readonly string[] {
  return ["-f", join(folder, COMPOSE_FILE), "-p", projectName(stack)];
}

function diagnosis(version: string | undefined): Diagnosis {
  const check = "compose";
  if (version !== undefined) return { check, status: "ok", found: `Docker Compose ${version}` };
  return {
    check,
    status: "problem",
    found: "Docker Compose 2 is not installed",
    remedy: "`npm run up` installs it.",
  };
}

/** Ports are published on this computer, by the engine itself or by the port forwarding of its virtual machine. */
export function publishedHere(_instance: string, published: number): Endpoint {
  return { host: PUBLISHED_ADDRESS, port: published };
}
