import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { atLeast, variable, type World } from "./world.ts";

/** One Colima profile: its three names and where each of its separate records is (COLIMA.md section 3). */
export interface Place {
  /** `colima` or `colima-<profile>`: Lima's instance, the docker context and the data disk have this name. */
  readonly id: string;
  readonly displayName: string;
  readonly shortName: string;
  readonly home: string;
  readonly configDirectory: string;
  readonly desiredFile: string;
  readonly socket: string;
  readonly containerdSocket: string;
  readonly instanceDirectory: string;
  readonly stateFile: string;
  readonly limaFile: string;
  /** Stands for the processes and the inside of the VM; Colima has no such file. */
  readonly vmFile: string;
  readonly socketPendingFile: string;
  readonly diffDisk: string;
  readonly diskDirectory: string;
  readonly storeFile: string;
}

export function placeOf(world: World, profileName: string): Place {
  const names = namesOf(profileName);
  const home = colimaHome(world);
  const lima = limaHome(world, home);
  const configDirectory = join(home, names.shortName);
  const instanceDirectory = join(lima, names.id);
  return {
    ...names,
    home,
    configDirectory,
    desiredFile: join(configDirectory, "colima.yaml"),
    socket: join(configDirectory, "docker.sock"),
    containerdSocket: join(configDirectory, "containerd.sock"),
    instanceDirectory,
    stateFile: join(instanceDirectory, "colima.yaml"),
    limaFile: join(instanceDirectory, "lima.yaml"),
    vmFile: vmFileOf(instanceDirectory),
    socketPendingFile: join(instanceDirectory, "fake-socket-pending"),
    diffDisk: join(instanceDirectory, "diffdisk"),
    diskDirectory: join(lima, "_disks", names.id),
    storeFile: join(home, "_store", `${names.id}.json`),
  };
}

export function vmFileOf(instanceDirectory: string): string {
  return join(instanceDirectory, "fake-vm.json");
}

export function limaHome(world: World, home: string): string {
  const chosen = atLeast(world, "0.7.0") ? variable(world, "LIMA_HOME") : undefined;
  return chosen ?? join(home, "_lima");
}

/** Colima's order of folders. A COLIMA_HOME that does not exist is passed over without a word. */
export function colimaHome(world: World): string {
  const chosen = variable(world, "COLIMA_HOME");
  if (chosen !== undefined && existsSync(chosen)) return chosen;
  const user = variable(world, "HOME") ?? world.directory;
  const dotted = join(user, ".colima");
  const xdg = variable(world, "XDG_CONFIG_HOME");
  const fallback = world.knobs.platform === "darwin" ? dotted : join(user, ".config", "colima");
  const home = existsSync(dotted) ? dotted : xdg === undefined ? fallback : join(xdg, "colima");
  mkdirSync(home, { recursive: true });
  return home;
}

function namesOf(name: string): Pick<Place, "id" | "displayName" | "shortName"> {
  if (name === "" || name === "colima" || name === "default") {
    return { id: "colima", displayName: "colima", shortName: "default" };
  }
  const shortName = name.replace(/^colima-/, "");
  return {
    id: `colima-${shortName}`,
    displayName: `colima [profile=${shortName}]`,
    shortName,
  };
}
