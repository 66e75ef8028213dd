/** The ports that a machine forwards to this computer. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PlumblineError } from "../../core/errors.ts";
import type { Machine } from "./machine.ts";
import { configured } from "./observe.ts";
import { listed } from "./records.ts";
import { bringUp } from "./start.ts";

/**
 * Lima forwards with the master connection of ssh, or with its host agent; both have the path of the instance's folder
 * among their arguments.
 */
export function isForwarder({ place }: Pick<Machine, "place">, commandLine: string): boolean {
  // The name of another machine may begin with that of this one.
  return commandLine.includes(join(place.instance, "/")) || `${commandLine} `.includes(`hostagent ${place.id} `);
}

export interface Release {
  readonly areFree: () => Promise<boolean>;
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Lima looks for ports in the guest every three seconds. */
const NOTICED_MS = 10_000;
const POLL_MS = 200;

/**
 * After a crash of the guest its engine restores a port for a container that has exited, and Lima forwards it. A second
 * start of the engine drops it; if not, the machine is stopped and started.
 */
export async function releasePorts(machine: Machine, { areFree, note, signal }: Release): Promise<void> {
  const { host, command, place, deadlines } = machine;
  note("starting the engine inside the machine again: it holds ports for containers that have exited");
  const restart = ["ssh", "--profile", place.profile, "--", "sudo", "systemctl", "restart", "docker"];
  await command.colima(restart, deadlines.stopMs, note);
  const row = await listed(host, command, place, deadlines);
  if (row === undefined) throw new PlumblineError("MACHINE_FAILED", gone(place.profile));
  const wish = await configured(machine, row);
  await bringUp(machine, { wish, anew: false, note, signal }); // waits for the engine
  if (await becomesTrue(areFree, signal)) return;
  note("stopping and starting the machine: its forwarder still holds the ports");
  await bringUp(machine, { wish, anew: true, note, signal });
  await becomesTrue(areFree, signal);
}

async function becomesTrue(check: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  const until = Date.now() + NOTICED_MS;
  while (Date.now() < until) {
    if (await check()) return true;
    await sleep(POLL_MS, undefined, { signal });
  }
  return false;
}

function gone(profile: string) {
  return {
    what: `The machine ${profile} is gone`,
    why: "Colima does not list it any more",
    fix: "Run the same command again: it looks anew.",
  };
}
