/** Phases on a real engine in which a server takes connections and never answers: its processes are stopped. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { projectName } from "../../../stack/core/stack-names.ts";
import { runCommand } from "../../../stack/host/run.ts";
import { stackFolder } from "../../../stack/records/folder.ts";
import { REDIS_ONLY } from "../../support/live/profiles.ts";
import { make, runningStack, unmake, UP, upAgain, type Made } from "./live-phases.ts";
import type { Phase, Scene } from "./phase.ts";

const DOCKER_MS = 60_000;

async function docker(...args: readonly string[]): Promise<string> {
  const { ok, stdout, stderr } = await runCommand(["docker", ...args], { timeoutMs: DOCKER_MS });
  if (!ok) throw new Error(`docker ${args.join(" ")}: ${stderr.trim()}`);
  return stdout.trim();
}

/** The running container of an instance; undefined before it runs. */
async function containerOf({ stack }: Made, instance: string): Promise<string | undefined> {
  const labels = [
    ["--filter", `label=com.docker.compose.project=${projectName(stack)}`],
    ["--filter", `label=com.docker.compose.service=${instance}`],
  ].flat();
  return (await docker("ps", "--quiet", ...labels)) || undefined;
}

/** The ports of this computer behind which its server listens. */
async function portsOf(container: string): Promise<readonly number[]> {
  const lines = (await docker("port", container)).split("\n");
  return lines.flatMap((line) => Number(/:(\d+)$/.exec(line)?.[1] ?? 0) || []);
}

/** The state of an established connection in proc_net_tcp(5). */
const ESTABLISHED = "01";

/** Returns whether a process of this computer has a connection to one of the ports. */
async function isConnected(ports: readonly number[]): Promise<boolean> {
  const wanted = new Set(ports.map((port) => port.toString(16).toUpperCase().padStart(4, "0")));
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].filter((path) => existsSync(path));
  const rows = (await Promise.all(tables.map((path) => readFile(path, "utf8")))).join("\n").split("\n");
  return rows.some((row) => {
    const [, , remote = "", state] = row.trim().split(/\s+/);
    return state === ESTABLISHED && wanted.has(remote.split(":")[1] ?? "");
  });
}

const INSTANCES = ["redis-1", "postgres", "pgbouncer"] as const;
const COMMANDS: readonly (readonly string[])[] = [["verify"], ["status"], ["bench"], ["up", ...UP]];

/** A stack that runs, of which one server has stopped answering. */
const silent: readonly Phase[] = INSTANCES.flatMap((instance) =>
  COMMANDS.map(([command = "", ...flags]): Phase => ({
    command,
    name: `${instance} never answers`,
    group: "server",
    open: async (): Promise<Scene> => {
      const stack = await runningStack();
      await upAgain(stack);
      const container = await containerOf(stack, instance);
      if (container === undefined) throw new Error(`${instance} does not run`);
      const ports = await portsOf(container);
      await docker("kill", "--signal", "STOP", container);
      const goOn = async () => void (await docker("kill", "--signal", "CONT", container));
      return {
        args: [command, "--", ...flags, ...(command === "up" ? ["--profile", stack.profile] : []), ...stack.flags],
        env: {},
        reached: () => isConnected(ports),
        folder: stackFolder(stack.stack).root,
        recover: goOn,
        next: { args: ["up", "--", "--profile", stack.profile, ...UP, ...stack.flags], codes: [0] },
        close: goOn,
      };
    },
  })),
);

/** A server that is stopped as soon as its container runs, while `up` waits for its first answer. */
const starting: Phase = {
  command: "up",
  name: "first answer of a server",
  group: "server",
  open: async (): Promise<Scene> => {
    const stack = await make(REDIS_ONLY);
    let stopped: readonly number[] | undefined;
    const stop = async () => {
      const container = await containerOf(stack, "redis-1");
      if (container === undefined) return undefined;
      await docker("kill", "--signal", "STOP", container);
      return portsOf(container);
    };
    return {
      args: ["up", "--", "--profile", stack.profile, ...UP, ...stack.flags],
      env: {},
      reached: async () => {
        stopped ??= await stop();
        return stopped !== undefined && isConnected(stopped);
      },
      folder: stackFolder(stack.stack).root,
      recover: async () => {
        const container = await containerOf(stack, "redis-1");
        if (container !== undefined) await docker("kill", "--signal", "CONT", container);
      },
      next: { args: ["up", "--", "--profile", stack.profile, ...UP, ...stack.flags], codes: [0] },
      close: () => unmake(stack),
    };
  },
};

export const serverPhases: readonly Phase[] = [starting, ...silent];
