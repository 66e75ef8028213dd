/** Where a Colima profile keeps its files, by Colima's own rules (docs: COLIMA_HOME, `config/files.go` of v0.10). */
import { join } from "node:path";
import { projectName } from "../../core/stack-names.ts";
import type { Host } from "../../host/host.ts";

export interface Place {
  /** Colima's profile: "plumbline", "plumbline-second". */
  readonly profile: string;
  /** Name of the Lima instance, of its data disk and of the Docker context. */
  readonly id: string;
  readonly home: string;
  readonly limaHome: string;
  /** Lima's folder of the virtual machine; the arguments of its processes name it. */
  readonly instance: string;
  /** The profile's own folder: its settings and its sockets. */
  readonly folder: string;
  readonly socket: string;
  /** The configuration for the next start. */
  readonly desiredFile: string;
  /** The configuration of the last successful start. */
  readonly stateFile: string;
  /** Exists once the data disk is formatted: from then on it may hold data. */
  readonly storeFile: string;
  /** Logs that tell why a virtual machine does not come up. */
  readonly logs: readonly string[];
}

/**
 * Returns the Colima profile of a stack. Each stack has its own, also one that is called plumbline, so that stacks share
 * neither machine nor data.
 */
export function profileOf(stack: string): string {
  return projectName(stack);
}

export async function placeOf(host: Host, profile: string): Promise<Place> {
  const home = await colimaHome(host);
  const limaHome = host.env["LIMA_HOME"] || join(home, "_lima");
  const id = `colima-${profile}`;
  const instance = join(limaHome, id);
  return {
    profile,
    id,
    home,
    limaHome,
    instance,
    folder: join(home, profile),
    socket: join(home, profile, "docker.sock"),
    desiredFile: join(home, profile, "colima.yaml"),
    stateFile: join(instance, "colima.yaml"),
    storeFile: join(home, "_store", `${id}.json`),
    logs: [join(instance, "ha.stderr.log"), join(limaHome, "_networks", "user-v2", "usernet.stderr.log")],
  };
}

/** Colima silently ignores a COLIMA_HOME that does not exist, so it is created before any command. */
export async function ensureHome(host: Host): Promise<void> {
  const wanted = host.env["COLIMA_HOME"];
  if (wanted && !(await isFolder(host, wanted))) await host.makeFolder(wanted);
}

async function colimaHome(host: Host): Promise<string> {
  const wanted = host.env["COLIMA_HOME"];
  if (wanted) return wanted; // created by `ensureHome`
  const dotted = join(host.home, ".colima");
  if (await isFolder(host, dotted)) return dotted;
  const settings = host.env["XDG_CONFIG_HOME"];
  if (settings) return join(settings, "colima");
  return host.platform === "darwin" ? dotted : join(host.home, ".config", "colima");
}

async function isFolder(host: Host, path: string): Promise<boolean> {
  const kind = await host.kind(path);
  return kind === "folder" || kind === "link";
}
