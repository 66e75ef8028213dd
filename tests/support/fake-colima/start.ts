import { existsSync } from "node:fs";
import { saveConfig, type Config } from "./config.ts";
import { createContext, useContext } from "./docker-context.ts";
import { takeFault } from "./faults.ts";
import { isTrue, type Flags } from "./flags.ts";
import { log } from "./log.ts";
import type { Place } from "./place.ts";
import { readStore, readVm, writeStore, writeVm, type Vm } from "./records.ts";
import { breakSocket, openSocket, openSocketLate } from "./socket.ts";
import { writeSshConfig } from "./ssh-config.ts";
import { mergedConfig } from "./start-config.ts";
import { validateConfig } from "./validate.ts";
import { createVm, resumeVm } from "./vm.ts";
import { Fatal, atLeast, variable, type World } from "./world.ts";

/** `colima start`. colima.yaml is written before anything else happens, even if nothing else then does. */
export async function start(world: World, place: Place, flags: Flags): Promise<void> {
  for (const name of ["edit", "foreground"]) {
    if (flags.boolean(name) === true) throw new Fatal(`the fake colima has no --${name}`);
  }
  const config = mergedConfig(world, place, flags);
  validateConfig(world, place, config);
  if (savesConfig(world, flags)) saveConfig(config, place.desiredFile);
  if (readVm(place)?.power === "Running") {
    log(world, "warning", "already running, ignoring");
    return;
  }
  await boot(world, place, config);
}

/** Starts the VM and then the container runtime; also the second half of `colima restart`. */
export async function boot(world: World, place: Place, config: Config): Promise<void> {
  log(world, "info", `starting ${place.displayName}`);
  requireRuntime(world, place, config);
  const first = !existsSync(place.limaFile);
  try {
    await (first ? createVm(world, place, config) : resumeVm(world, place, config));
  } catch (error) {
    throw error instanceof Fatal ? new Fatal(`error starting vm: ${error.message}`) : error;
  }
  if (config.runtime !== "none") startContainers(world, place, config, first);
  log(world, "info", "done");
  writeSshConfig(world, place, config.sshConfig);
}

function savesConfig(world: World, flags: Flags): boolean {
  const fromEnv = atLeast(world, "0.7.4") ? variable(world, "COLIMA_SAVE_CONFIG") : undefined;
  return flags.boolean("save-config") ?? (fromEnv === undefined || isTrue(fromEnv));
}

function requireRuntime(world: World, place: Place, config: Config): void {
  if (config.runtime === "none") return;
  log(world, "info", `runtime: ${config.runtime}${config.kubernetes.enabled ? "+k3s" : ""}`);
  if (!["docker", "containerd", "incus"].includes(config.runtime)) {
    throw new Fatal(`error initiating container runtime: unsupported container runtime '${config.runtime}'`);
  }
  if (takeFault(world, "missing", place.shortName, (fault) => fault.program === "docker") !== undefined) {
    throw new Fatal("dependency check failed for docker: docker not found, run 'brew install docker' to install");
  }
}

function startContainers(world: World, place: Place, config: Config, first: boolean): void {
  const { runtime } = config;
  log(world, "info", "provisioning ...", runtime);
  if (runtime === "docker") {
    createContext(world, place);
    if (config.autoActivate) useContext(world, place);
  }
  log(world, "info", "starting ...", runtime);
  const vm = readVm(place);
  if (vm === undefined) throw new Fatal("the VM was removed while it started");
  joinDockerGroup(world, place, vm, first);
  writeVm(place, { ...vm, inDockerGroup: true, runtime });
  const slow = takeFault(world, "slow-socket", place.shortName);
  if (slow === undefined) openSocket(world, place);
  else openSocketLate(world, place, slow.delayMs);
  const store = readStore(place);
  if (store !== undefined) writeStore(place, { ...store, disk_runtime: runtime });
}

/**
 * A first start boots a second time here. A resume cannot: Colima kept the configuration for that only in the memory of
 * the first start, so a first start that was cut off ends in the `empty value` state.
 */
function joinDockerGroup(world: World, place: Place, vm: Vm, first: boolean): void {
  const injected = takeFault(world, "docker-provisioning", place.shortName) !== undefined;
  if (!injected && (vm.inDockerGroup || first)) return;
  writeVm(place, { ...vm, inDockerGroup: true, runtime: "" });
  breakSocket(world, place);
  throw new Fatal("error starting docker: cannot restart, VM not previously started");
}
