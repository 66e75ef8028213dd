import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "./place.ts";
import type { World } from "./world.ts";

/** Listens as Lima's master connection of ssh does, which has the path of its own socket as its name. */
const LISTENER = `
  require("node:fs").writeFileSync("/proc/self/comm", "ssh");
  require("node:net").createServer((socket) => socket.destroy()).listen(Number(process.argv[1]), "127.0.0.1");
`;

/** Holds a port of this computer in the name of the VM. */
export function openProxy(world: World, place: Place, port: number): void {
  const control = `ControlPath=${join(place.instanceDirectory, "ssh.sock")}`;
  const argv = ["-e", LISTENER, String(port), "-o", control];
  const child = spawn(process.execPath, argv, { detached: true, stdio: "ignore" });
  child.unref();
  mkdirSync(folderOf(world), { recursive: true });
  writeFileSync(join(folderOf(world), `${child.pid}-${place.id}`), "");
}

/** The VM stops, or its engine starts again without the containers that have exited. */
export function endProxies(world: World, place: Place): void {
  const folder = folderOf(world);
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!name.endsWith(`-${place.id}`)) continue;
    rmSync(join(folder, name), { force: true });
    try {
      process.kill(Number.parseInt(name, 10), "SIGKILL");
    } catch {
      // ended already
    }
  }
}

function folderOf(world: World): string {
  return join(world.directory, "proxies");
}
