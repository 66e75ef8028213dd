// What identifies a process: its id is used again, so the time of its start belongs to it, and the id means something
// only in one namespace of one running kernel. Plain Node without dependencies, because the bootstrap needs it before
// anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

const PS_DEADLINE_MS = 2_000;

/**
 * Returns the start time of a process, in the operating system's format. Undefined if it is unknown; "ended" for a
 * zombie: a process that has ended but was not waited for, as after a kill under an init that does not reap. Linux: clock
 * ticks since boot (proc(5), field 22 of stat); elsewhere `ps`.
 */
export function processStart(pid, { proc = "/proc", env = process.env } = {}) {
  const stat = textOf(`${proc}/${pid}/stat`);
  if (stat === "") return existsSync(proc) ? undefined : startByPs(pid, env);
  // The second field is the command in brackets, and may contain spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? "ended" : fields[19];
}

/** `ps` prints the time in the zone and the language of its reader: fixed here, or two readers would read two times. */
function startByPs(pid, env) {
  const { status, stdout } = spawnSync("ps", ["-o", "lstart=", "-p", `${pid}`], {
    encoding: "utf8",
    timeout: PS_DEADLINE_MS,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...env, TZ: "UTC", LC_ALL: "C" },
  });
  const started = stdout?.trim() ?? "";
  return status === 0 && started !== "" ? started : undefined;
}

/** Returns where the ids of processes that this process sees are valid: the boot of the kernel and the namespace. */
export function processWorld() {
  if (process.platform !== "linux") return { boot: "", namespace: `${process.platform} ${hostname()}` };
  return { boot: textOf("/proc/sys/kernel/random/boot_id").trim(), namespace: targetOf("/proc/self/ns/pid") };
}

function textOf(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function targetOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
