import { existsSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { humanSize, listDisks, unlockDisk, type Disk } from "./disk.ts";
import { parseFlags, type Flags } from "./flags.ts";
import { askGuest } from "./hang.ts";
import { log } from "./log.ts";
import { placeOf, vmFileOf } from "./place.ts";
import { powerOff } from "./power-off.ts";
import { readVm, type Vm } from "./records.ts";
import { breakSocket } from "./socket.ts";
import { table } from "./report.ts";
import { Fatal, variable, type World } from "./world.ts";

/** `limactl`: its disks, `stop`, and its version. It looks in LIMA_HOME and knows nothing of COLIMA_HOME. */
export async function limactl(world: World, argv: readonly string[]): Promise<void> {
  const [group = "", ...rest] = argv;
  switch (group) {
    case "--version":
      world.stdout("limactl version 2.2.0\n");
      return;
    case "disk":
      disk(world, rest);
      return;
    case "stop":
      return stop(world, rest);
    default:
      throw new Fatal(`the fake limactl has no "${group}"`);
  }
}

/** With `--force` it ends the processes of the VM and asks nothing; what they forwarded stays behind, and so does the context. */
async function stop(world: World, argv: readonly string[]): Promise<void> {
  const flags = parseFlags(world, [{ name: "force", short: "f", kind: "boolean" }], argv);
  const [name = "default"] = flags.positional;
  const instance = join(limaHomeOf(world), name);
  const vm = readVm({ vmFile: vmFileOf(instance) });
  if (vm === undefined) throw new Fatal(`instance "${name}" does not exist`);
  if (flags.boolean("force") !== true) {
    if (vm.power !== "Running") throw new Fatal(`expected status "Running", got "${vm.power}"`);
    await askGuest(world, vm);
  }
  if (vm.power === "Stopped") {
    log(world, "info", `The instance "${name}" is already stopped`);
    return;
  }
  const place = placeOf(world, name);
  await powerOff(world, place, vm);
  breakSocket(world, place);
}

function disk(world: World, argv: readonly string[]): void {
  const [command = "", ...rest] = argv;
  const flags = parseFlags(
    world,
    [
      { name: "json", kind: "boolean" },
      { name: "force", short: "f", kind: "boolean" },
    ],
    rest,
  );
  const home = limaHomeOf(world);
  const disks = listDisks(home);
  switch (command) {
    case "ls":
    case "list":
      show(world, disks, flags);
      return;
    case "unlock":
      for (const name of flags.positional) unlock(world, name, disks);
      return;
    case "delete":
    case "remove":
    case "rm":
      for (const name of flags.positional) remove(world, home, name, disks, flags.boolean("force") ?? false);
      return;
    default:
      throw new Fatal(`the fake limactl has no "disk ${command}"`);
  }
}

function limaHomeOf(world: World): string {
  return variable(world, "LIMA_HOME") ?? join(variable(world, "HOME") ?? "", ".lima");
}

function show(world: World, all: readonly Disk[], flags: Flags): void {
  const names = flags.positional;
  for (const name of names.filter((wanted) => !all.some((disk) => disk.name === wanted))) {
    log(world, "warning", `No disk matching ${name} found.`);
  }
  const disks = names.length === 0 ? all : all.filter((disk) => names.includes(disk.name));
  if (flags.boolean("json") === true) {
    for (const disk of disks) world.stdout(`${JSON.stringify(document(disk))}\n`);
    return;
  }
  if (disks.length === 0) {
    log(world, "warning", "No disk found. Run `limactl disk create DISK --size SIZE` to create a disk.");
  }
  const rows = disks.map((disk) => [disk.name, humanSize(disk.sizeBytes), "qcow2", disk.directory, instanceOf(disk)]);
  world.stdout(table([["NAME", "SIZE", "FORMAT", "DIR", "IN-USE-BY"], ...rows]));
}

function document(disk: Disk): Readonly<Record<string, string | number>> {
  return {
    name: disk.name,
    size: disk.sizeBytes,
    format: "qcow2",
    dir: disk.directory,
    instance: instanceOf(disk),
    instanceDir: disk.lockedBy ?? "",
    mountPoint: `/mnt/lima-${disk.name}`,
  };
}

function unlock(world: World, name: string, disks: readonly Disk[]): void {
  const disk = disks.find((candidate) => candidate.name === name);
  if (disk === undefined) {
    log(world, "warning", `Ignoring non-existent disk "${name}"`);
  } else if (disk.lockedBy === undefined) {
    log(world, "warning", `Ignoring unlocked disk "${name}"`);
  } else if (power(disk.lockedBy) === "Running") {
    log(world, "warning", `Cannot unlock disk "${name}" used by running instance "${instanceOf(disk)}"`);
  } else if (power(disk.lockedBy) === "Broken") {
    log(
      world,
      "warning",
      `Cannot unlock disk "${name}", attached instance "${instanceOf(disk)}" has errors: [qemu driver is running but host agent is not]`,
    );
  } else {
    unlockDisk(disk.directory);
    log(world, "info", `Unlocked disk "${name}" ("${disk.directory}")`);
  }
}

function remove(world: World, home: string, name: string, disks: readonly Disk[], force: boolean): void {
  const disk = disks.find((candidate) => candidate.name === name);
  if (disk === undefined) {
    log(world, "warning", `Ignoring non-existent disk "${name}"`);
    return;
  }
  if (!force && disk.lockedBy !== undefined) {
    throw new Fatal(`cannot delete disk "${name}" in use by instance "${instanceOf(disk)}"`);
  }
  // Colima gives an instance and its disk the same name, so the only instance that can refer to the disk is that one.
  if (!force && existsSync(join(home, name, "lima.yaml"))) {
    const reason = "disk is referenced by one or more non-running instances";
    log(world, "warning", `Skipping deleting disk "${name}", ${reason}: ["${name}"]`);
    log(world, "warning", `To delete anyway, run "limactl disk delete --force ${name}"`);
    return;
  }
  rmSync(disk.directory, { recursive: true });
  log(world, "info", `Deleted "${name}" ("${disk.directory}")`);
}

function instanceOf(disk: Disk): string {
  return disk.lockedBy === undefined ? "" : basename(disk.lockedBy);
}

function power(instanceDirectory: string): Vm["power"] | undefined {
  return readVm({ vmFile: vmFileOf(instanceDirectory) })?.power;
}
