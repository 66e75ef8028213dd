import { spawn } from "node:child_process";
import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Place } from "./place.ts";
import type { World } from "./world.ts";

/** Forwards the VM's docker socket: a link to the engine that the test lends, or no socket if it lends none. */
export function openSocket(world: World, place: Place): void {
  const engine = world.knobs.engineSocket;
  if (engine !== undefined) link(place, engine);
}

/** Forwards it only after a while, when the command has long ended, as a slow port forwarder does. */
export function openSocketLate(world: World, place: Place, delayMs: number): void {
  const engine = world.knobs.engineSocket;
  if (engine === undefined) return;
  closeSocket(place);
  writeFileSync(place.socketPendingFile, "");
  // Without the pending file the VM was stopped or removed meanwhile.
  const script = 'sleep "$0"; [ -e "$1" ] && ln -sfn "$2" "$3" && rm -f "$1"';
  const seconds = String(delayMs / 1000);
  spawn("sh", ["-c", script, seconds, place.socketPendingFile, engine, place.socket], {
    detached: true,
    stdio: "ignore",
  }).unref();
}

/** Leaves a socket that nobody answers, as a killed VM does. */
export function breakSocket(world: World, place: Place): void {
  if (world.knobs.engineSocket !== undefined) link(place, join(place.instanceDirectory, "nobody.sock"));
}

export function closeSocket(place: Place): void {
  for (const file of [place.socketPendingFile, place.socket, ...legacySocket(place)]) {
    rmSync(file, { force: true });
  }
}

/** Where the docker socket leads; undefined if there is none. */
export function socketTarget(place: Place): string | undefined {
  const present = lstatSync(place.socket, { throwIfNoEntry: false }) !== undefined;
  return present ? readlinkSync(place.socket) : undefined;
}

function link(place: Place, target: string): void {
  closeSocket(place);
  mkdirSync(dirname(place.socket), { recursive: true });
  symlinkSync(target, place.socket);
  for (const legacy of legacySocket(place)) symlinkSync(place.socket, legacy);
}

function legacySocket(place: Place): readonly string[] {
  return place.shortName === "default" ? [join(place.home, "docker.sock")] : [];
}
