import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { loadConfig, saveConfig, type Config } from "./config.ts";
import { gibibyte, hasDataDisk, humanSize, lockDisk, realDiskBytes, setRealDisk } from "./disk.ts";
import { takeFault } from "./faults.ts";
import { hang } from "./hang.ts";
import { limactlLine, line, log } from "./log.ts";
import type { Place } from "./place.ts";
import { readStore, readVm, writeLima, writeStore, writeVm, type Vm } from "./records.ts";
import { overlappingMounts } from "./validate.ts";
import { Fatal, atLeast, type World } from "./world.ts";

/** A first start. The data disk comes before the image, so a failed download leaves a disk without an instance. */
export async function createVm(world: World, place: Place, config: Config): Promise<void> {
  log(world, "info", "creating and starting ...", "vm");
  const overlap = overlappingMounts(world, config);
  if (overlap !== undefined) throw failedToCreate(overlap);
  if (hasDataDisk(world)) provideDataDisk(world, place, config);
  requireImage(world, place, config);
  requireShortPath(world, place);
  mkdirSync(place.instanceDirectory, { recursive: true });
  if (!hasDataDisk(world)) setRealDisk(world, place, config.disk * gibibyte);
  writeLima(world, place, config);
  const inside = { cpus: 2, memoryBytes: 2 * gibibyte, runtime: "", inDockerGroup: false, responds: true, delayMs: 0 };
  const off: Vm = { power: "Stopped", ...inside };
  writeVm(place, off);
  await powerOn(world, place, config, off, failedToCreate);
}

/** A later start: the disk grows, Lima's file is rewritten, the VM boots. */
export async function resumeVm(world: World, place: Place, config: Config): Promise<void> {
  const vm = readVm(place);
  const overlap = overlappingMounts(world, config);
  if (overlap !== undefined) throw new Fatal(overlap);
  if (vm === undefined || vm.power === "Broken") {
    log(world, "info", "starting ...", "vm");
    const driver = config.vmType === "vz" ? "vz" : "qemu";
    const reason = `errors inspecting instance: [${driver} driver is running but host agent is not]`;
    limactlLine(world, "fatal", reason);
    throw failedToStart("exit status 1");
  }
  growDisk(world, place, config);
  writeLima(world, place, config);
  log(world, "info", "starting ...", "vm");
  await powerOn(world, place, config, vm, failedToStart);
}

function failedToCreate(reason: string): Fatal {
  return new Fatal(`error at 'creating and starting': ${reason}`);
}

function failedToStart(reason: string): Fatal {
  return new Fatal(`error at 'starting': ${reason}`);
}

/** A disk that is already there is reused at its old size, without a message (COLIMA.md section 6, cases 3 and 4). */
function provideDataDisk(world: World, place: Place, config: Config): void {
  const had = readStore(place)?.disk_runtime ?? "";
  if (realDiskBytes(world, place) === undefined) setRealDisk(world, place, config.disk * gibibyte);
  if (had !== "" && had !== config.runtime) {
    throw failedToCreate(
      `runtime disk provisioned for ${had} runtime. Delete container data with 'colima delete --data' before using another runtime`,
    );
  }
}

function requireImage(world: World, place: Place, config: Config): void {
  if (config.diskImage !== "" && !existsSync(config.diskImage)) {
    throw failedToCreate(`invalid disk image: stat ${config.diskImage}: no such file or directory`);
  }
  if (takeFault(world, "image-download", place.shortName) !== undefined) {
    log(world, "info", "downloading disk image ...", "vm");
    throw failedToCreate(
      "error getting qcow image: error during image download: DNS lookup failed for host 'github.com'. Check your network connection or DNS settings",
    );
  }
}

/** Lima wants room for the longest socket it may make (`pkg/limatype/filenames`, LongestSock). */
function requireShortPath(world: World, place: Place): void {
  const longest = join(place.instanceDirectory, "ssh.sock.1234567890123456");
  const limit = world.knobs.platform === "darwin" ? 104 : 108;
  if (longest.length < limit) return;
  limactlLine(
    world,
    "fatal",
    `instance name "${place.id}" too long: "${longest}" must be less than UNIX_PATH_MAX=${limit} characters, but is ${longest.length}`,
  );
  throw failedToCreate("exit status 1");
}

/** Colima compares with the state file, not with the disk, and every refusal is only a warning. */
function growDisk(world: World, place: Place, config: Config): void {
  const recordedGib = loadConfig(place.stateFile)?.disk;
  if (recordedGib === undefined || recordedGib === config.disk) return;
  if (config.vmType === "vz" && !atLeast(world, "0.7.0")) {
    log(world, "warning", "dynamic disk resize not supported for VZ driver, ignoring...", "vm");
    return;
  }
  if (config.disk < recordedGib) {
    log(world, "warning", "disk size cannot be reduced, ignoring...", "vm");
    return;
  }
  const wanted = config.disk * gibibyte;
  const refusal = resizeRefusal(world, place, wanted);
  if (refusal !== undefined) {
    const output = `${line("fatal", refusal)}\n`;
    const reason = `error resizing disk: exit status 1, output: ${output}`;
    log(world, "warning", `unable to resize disk: ${reason}`, "vm");
    return;
  }
  setRealDisk(world, place, wanted);
  log(world, "info", `resizing disk to ${config.disk}GiB...`, "vm");
}

function resizeRefusal(world: World, place: Place, wantedBytes: number): string | undefined {
  if (takeFault(world, "resize-refused", place.shortName) !== undefined) {
    return `cannot resize disk "${place.id}" used by running instance "${place.id}". Please stop the VM instance`;
  }
  const real = realDiskBytes(world, place) ?? 0;
  if (wantedBytes >= real) return undefined;
  return `specified size \`${humanSize(wantedBytes)}\` is less than the current disk size \`${humanSize(real)}\`. Disk shrinking is currently unavailable`;
}

async function powerOn(
  world: World,
  place: Place,
  config: Config,
  before: Vm,
  failed: (reason: string) => Fatal,
): Promise<void> {
  if (takeFault(world, "hang", place.shortName) !== undefined) {
    await hang(world);
    throw failed("exit status 1");
  }
  if (takeFault(world, "lease-timeout", place.shortName) !== undefined) {
    writeVm(place, { ...before, power: "Running", responds: false });
    lockDisk(place);
    limactlLine(world, "info", '[hostagent] Waiting for the essential requirement 1 of 3: "ssh"');
    limactlLine(world, "fatal", "did not receive an event with the `running` status");
    throw failed("exit status 1");
  }
  const lies = takeFault(world, "lies", place.shortName);
  const real =
    lies === undefined
      ? { cpus: config.cpu, memoryBytes: Math.floor(config.memory * 1024) * 1024 ** 2 }
      : { cpus: lies.cpus ?? before.cpus, memoryBytes: lies.memoryBytes ?? before.memoryBytes };
  writeVm(place, { ...before, ...real, power: "Running" });
  lockDisk(place);
  saveConfig(config, place.stateFile);
  if (hasDataDisk(world) && readStore(place) === undefined) {
    writeStore(place, { disk_formatted: true, disk_runtime: "", ramalama_provisioned: false });
  }
}
