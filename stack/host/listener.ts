/** Who listens on a TCP port of this computer. */
import { runCommand } from "./run.ts";

const LOOKUP_DEADLINE_MS = 10_000;

/** "name (pid 812)" of a process that listens on the port; undefined where the system does not say. */
export async function listenerOf(port: number): Promise<string | undefined> {
  const { default: information } = await import("systeminformation");
  const connections = await Promise.race([
    information.networkConnections(),
    new Promise<[]>((resolve) => setTimeout(resolve, LOOKUP_DEADLINE_MS, []).unref()),
  ]);
  const found = connections.find(({ localPort, state }) => localPort === String(port) && state === "LISTEN");
  if (!found || !found.pid) return undefined;
  const name = found.process || (await processName(found.pid));
  return `${name} (pid ${found.pid})`;
}

async function processName(pid: number): Promise<string> {
  const result = await runCommand(["ps", "-o", "comm=", "-p", String(pid)], { timeoutMs: LOOKUP_DEADLINE_MS });
  return result.stdout.trim() || "a process";
}
