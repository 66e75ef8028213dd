/** Starts an engine that is installed: by systemd, or as a process of its own where there is none. */
import { PlumblineError } from "../../core/errors.ts";
import type { Host } from "../../host/host.ts";
import { lastLines } from "../../host/run.ts";
import { provisionError } from "./apt.ts";
import type { Work } from "./apt.ts";
import type { Paths } from "./plan.ts";
import { engineAnswers } from "./survey.ts";

const SERVICE_DEADLINE_MS = 120_000;
/** The first start makes a bridge, its firewall rules and the store of images. */
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

/** Its log and pid file are kept. A pid file of a process that is gone, or is no engine, would refuse the start. */
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

/** False when the process ended, or when the deadline is over. */
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

/** By an earlier run that was cut off, or by the init script of the package, which has a pid file of its own. */
async function isStarting(host: Host, pidFile: string): Promise<boolean> {
  for (const file of [pidFile, "/var/run/docker.pid"]) {
    if (await isEngine(host, await readPid(host, file))) return true;
  }
  return false;
}

async function isEngine(host: Host, pid: number): Promise<boolean> {
  return Number.isInteger(pid) && (await host.read(`/proc/${pid}/comm`))?.trim() === "dockerd";
}

/** The lines of the last start that are no mere information; all of them where none is. */
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

/** What dockerd writes first. */
const STARTING = 'msg="Starting up"';

function failed(why: string, fix: string): PlumblineError {
  return new PlumblineError("PROVISION_FAILED", { what: "Could not start the engine", why, fix });
}
