import { existsSync, rmSync } from "node:fs";
import { loadConfig } from "./config.ts";
import { hasDataDisk } from "./disk.ts";
import { removeContext } from "./docker-context.ts";
import { askGuest } from "./hang.ts";
import { log } from "./log.ts";
import type { Place } from "./place.ts";
import { powerOff } from "./power-off.ts";
import { readStore, readVm, removeStore } from "./records.ts";
import { closeSocket } from "./socket.ts";
import { boot } from "./start.ts";
import { Fatal, type World } from "./world.ts";

/**
 * `colima stop`: a broken VM counts as not running, so only `--force` ends it; both cases exit 0. A running one is asked
 * to stop its containers first, also with `--force` (`app/app.go`, Stop).
 */
export async function stop(world: World, place: Place, force: boolean): Promise<void> {
  log(world, "info", `stopping ${place.displayName}`);
  const vm = readVm(place);
  if (vm === undefined || vm.power === "Stopped" || (vm.power === "Broken" && !force)) {
    log(world, "info", "not running", "vm");
  } else {
    if (vm.power === "Running") {
      await askGuest(world, vm);
      stopContainers(world, place, "stopping ...");
    }
    log(world, "info", "stopping ...", "vm");
    await powerOff(world, place, vm);
    closeSocket(place);
  }
  log(world, "info", "done");
}

/** `colima restart`: starts from colima.yaml alone, without the check for values that cannot change. */
export async function restart(world: World, place: Place, force: boolean): Promise<void> {
  if (!existsSync(place.limaFile)) throw new Fatal("error retrieving instance: exit status 1");
  await stop(world, place, force);
  const config = loadConfig(place.desiredFile);
  if (config === undefined) throw new Fatal(`open ${place.desiredFile}: no such file or directory`);
  await boot(world, place, config);
}

/** `colima delete`: removes the VM and the profile's settings; the data disk goes only with `--data`. */
export async function remove(
  world: World,
  place: Place,
  options: { readonly force: boolean; readonly data: boolean },
): Promise<void> {
  const diskInUse = readStore(place)?.disk_formatted ?? false;
  if (!options.force && !(await confirmed(world, place, !diskInUse || options.data))) return;
  log(world, "info", `deleting ${place.displayName}`);
  const vm = readVm(place);
  if (vm?.power === "Running") {
    await askGuest(world, vm);
    stopContainers(world, place, "deleting ...");
  }
  if (vm !== undefined) await powerOff(world, place, vm);
  closeSocket(place);
  for (const directory of [place.instanceDirectory, place.configDirectory]) {
    rmSync(directory, { recursive: true, force: true });
  }
  // Without a store file Colima does not know of the disk and leaves it (COLIMA.md section 6, case 4).
  if (hasDataDisk(world) && diskInUse && options.data) {
    log(world, "info", "deleting container data");
    rmSync(place.diskDirectory, { recursive: true, force: true });
    removeStore(place);
  }
  log(world, "info", "done");
}

function stopContainers(world: World, place: Place, message: string): void {
  const runtime = readVm(place)?.runtime ?? "";
  if (runtime === "") {
    log(world, "warning", "error retrieving runtimes: error retrieving current runtime: empty value");
    return;
  }
  if (runtime === "none") return;
  log(world, "info", message, runtime);
  if (runtime === "docker") removeContext(world, place);
}

async function confirmed(world: World, place: Place, alsoData: boolean): Promise<boolean> {
  const questions = [
    `are you sure you want to delete ${place.displayName} and all settings`,
    ...(alsoData ? ["\u001B[31m\u001B[1mthis will delete ALL container data. Are you sure you want to continue"] : []),
  ];
  for (const question of questions) {
    world.stdout(`${question}? [y/N] `);
    if (!/^y(es)?$/i.test((await world.readLine()).trim())) return false;
  }
  return true;
}
