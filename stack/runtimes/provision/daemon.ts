/** Starts an installed engine: with systemd, or as a separate process if there is no systemd. */
import { PlumblineError } from "../../core/errors.ts";
import type { Host } from "../../host/host.ts";
import { lastLines } from "../../host/run.ts";
import { provisionError } from "./apt.ts";
import type { Work } from "./apt.ts";
import type { Paths } from "./plan.ts";
import { engineAnswers } from "./survey.ts";

const SERVICE_DEADLINE_MS = 120_000;
/** The first start creates a bridge, its firewall rules and the image store. */
const ANSWER_DEADLINE_MS = 90_000;
const ANSWER_POLL_MS = 300;
const LOG_LINES = 12;

export async function startService(host: Host, work: Work): Promise<void> {
  const argv = [...work.asRoot, "systemctl", "enable", "--now", "docker"];
  const result = await host.run(argv, { timeoutMs: SERVICE_DEADLINE_MS, signal: work.signal, line: work.line });
  if (!result.ok) throw provisionError("Could not start the engine", result, argv);
  if (await waitForAnswer(host, work, async () => true)) return;
  throw failed("systemd started it, and it does not answer", "Look into its log: `journalctl -u docker -n 50`.");
}

/**
 * Starts the daemon and keeps its log and pid file. A pid file whose process is gone, or is not an engine, would
 * prevent the start.
 */
export async function startDaemon(host: Host, { log, pidFile }: Paths, work: Work): Promise<void> {
  if (await engineAnswers(host, work.asRoot)) return; // its package may have started it
  if (!(await isStarting(host, pidFile))) {
    await host.remove(pidFile);
    if ((await host.which("cgroupfs-mount")) !== undefined) {
      await host.run([...work.asRoot, "cgroupfs-mount"], { timeoutMs: SERVICE_DEADLINE_MS, signal: work.signal });
    }
    work.line(`starting dockerd; its log: ${log}`);
    const pid = await host.launch([...work.asRoot, "dockerd", "--pidfile", pidFile], log);
    const alive = async () => pid !== undefined && (await host.kind(`/proc/${pid}`)) === "folder";
    if (await waitForAnswer(host, work, alive)) return;
  } else if (await waitForAnswer(host, work, async () => true)) return;
  const said = lastLines(complaintsIn((await host.read(log)) ?? ""), LOG_LINES).join("\n");
  throw failed(said || "dockerd does not answer", `Its log says more: ${log}`);
}

/** Resolves false if the process ended, or at the deadline. */
async function waitForAnswer(host: Host, work: Work, isAlive: () => Promise<boolean>): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < ANSWER_DEADLINE_MS; waitedMs += ANSWER_POLL_MS) {
    if (await engineAnswers(host, work.asRoot)) return true;
    if (!(await isAlive())) return false;
    await host.sleep(ANSWER_POLL_MS, work.signal);
  }
  return false;
}

async function readPid(host: Host, pidFile: string): Promise<number> {
  return Number.parseInt((await host.read(pidFile)) ?? "", 10);
}

/** Resolves whether an earlier interrupted run started it, or the package's init script, which has its own pid file. */
async function isStarting(host: Host, pidFile: string): Promise<boolean> {
  for (const file of [pidFile, "/var/run/docker.pid"]) {
    if (await isEngine(host, await readPid(host, file))) return true;
  }
  return false;
}

async function isEngine(host: Host, pid: number): Promise<boolean> {
  return Number.isInteger(pid) && (await host.read(`/proc/${pid}/comm`))?.trim() === "dockerd";
}

/** Returns the lines of the last start above the level of information; all lines if there are none. */
function complaintsIn(log: string): string {
  const all = log.split("\n");
  const lines = all.slice(
    Math.max(
      0,
      all.findLastIndex((line) => line.includes(STARTING)),
    ),
  );
  const complaints = lines.filter((line) => !/\blevel=(info|debug)\b/.test(line) && line.trim() !== "");
  return (complaints.length > 0 ? complaints : lines).join("\n");
}

/** The first line that dockerd writes. */
const STARTING = 'msg="Starting up"';

function failed(why: string, fix: string): PlumblineError {
  return new PlumblineError("PROVISION_FAILED", { what: "Could not start the engine", why, fix });
}
