import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { loadConfig, type Config } from "./config.ts";
import { gibibyte, hasDataDisk, humanSize } from "./disk.ts";
import { askGuest } from "./hang.ts";
import { log } from "./log.ts";
import { colimaHome, limaHome, placeOf, type Place } from "./place.ts";
import { readLima, readVm } from "./records.ts";
import { Fatal, atLeast, type World } from "./world.ts";

/** `colima list`: cpus and memory of lima.yaml, the disk of the state file; none of it is asked of the VM. */
export function list(world: World, options: { readonly json: boolean; readonly only: readonly string[] }): void {
  const only = options.only.map((name) => placeOf(world, name).id);
  const rows = places(world)
    .filter((place) => only.length === 0 || only.includes(place.id))
    .map((place) => instance(world, place));
  if (options.json) {
    for (const row of rows) world.stdout(`${JSON.stringify(withoutEmpty(row))}\n`);
    return;
  }
  if (rows.length === 0) {
    log(world, "warning", "No instance found. Run `colima start` to create an instance.");
  }
  const header = ["PROFILE", "STATUS", "ARCH", "CPUS", "MEMORY", "DISK", "RUNTIME", "ADDRESS"];
  const lines = rows.map((row) => [
    row.name,
    row.status,
    row.arch,
    String(row.cpus),
    humanSize(row.memory),
    humanSize(row.disk),
    row.runtime,
    "",
  ]);
  world.stdout(table([header, ...lines]));
}

/** `colima status`: JSON on stdout, text on stderr, and neither unless the VM runs with a known runtime. */
export async function status(
  world: World,
  place: Place,
  options: { readonly json: boolean; readonly extended: boolean },
): Promise<void> {
  const vm = readVm(place);
  if (vm?.power !== "Running") throw new Fatal(`${place.displayName} is not running`);
  await askGuest(world, vm);
  if (vm.runtime === "") throw new Fatal("error retrieving current runtime: empty value");
  const state = loadConfig(place.stateFile);
  const facts = instance(world, place);
  const docker = vm.runtime === "docker" ? `unix://${place.socket}` : "";
  if (options.json) {
    const document = {
      display_name: place.displayName,
      driver: driver(state),
      arch: facts.arch,
      runtime: vm.runtime,
      mount_type: state?.mountType ?? "",
      ...(docker === "" ? {} : { docker_socket: docker }),
      ...(atLeast(world, "0.10.0") ? { containerd_socket: `unix://${place.containerdSocket}` } : {}),
      kubernetes: state?.kubernetes.enabled ?? false,
      cpu: facts.cpus,
      memory: facts.memory,
      disk: facts.disk,
    };
    world.stdout(`${JSON.stringify(document)}\n`);
    return;
  }
  const lines = [
    `${place.displayName} is running using ${driver(state)}`,
    `arch: ${facts.arch}`,
    `runtime: ${vm.runtime}`,
    `mountType: ${state?.mountType ?? ""}`,
    ...(docker === "" ? [] : [`docker socket: ${docker}`]),
    ...(options.extended
      ? [`cpu: ${facts.cpus}`, `mem: ${humanSize(facts.memory)}`, `disk: ${humanSize(facts.disk)}`]
      : []),
  ];
  for (const text of lines) log(world, "info", text);
}

/** The runtime's version is asked of the VM, after Colima's own is printed. */
export async function version(world: World, place: Place): Promise<void> {
  world.stdout(`colima version ${world.knobs.version}\ngit commit: fake\n`);
  const vm = readVm(place);
  if (vm?.power !== "Running") return;
  await askGuest(world, vm);
  if (vm.runtime === "") return;
  world.stdout(`\nruntime: ${vm.runtime}\narch: ${readLima(place)?.arch ?? ""}\n`);
}

/** Go's tabwriter as Colima sets it up: at least four wide, four spaces between, the last column unpadded. */
export function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(0, ...rows.map((row) => (row[column] ?? "").length)) + 4;
  const text = (row: readonly string[]) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(width(column)))).join("");
  return rows.map((row) => `${text(row)}\n`).join("");
}

interface Row {
  readonly name: string;
  readonly status: string;
  readonly arch: string;
  readonly cpus: number;
  readonly memory: number;
  readonly disk: number;
  readonly runtime: string;
}

function instance(world: World, place: Place): Row {
  const lima = readLima(place);
  const state = loadConfig(place.stateFile);
  const power = readVm(place)?.power ?? "Broken";
  // Until the first start succeeds there is no state file, and Lima's root disk is shown.
  const diskGib = state?.disk ?? lima?.diskGib ?? 0;
  const showsRuntime = power === "Running" || atLeast(world, "0.10.2");
  const k3s = state?.kubernetes.enabled === true ? "+k3s" : "";
  return {
    name: place.shortName,
    status: power,
    arch: lima?.arch ?? "",
    cpus: lima?.cpus ?? 0,
    memory: lima?.memoryBytes ?? 0,
    disk: diskGib * gibibyte,
    runtime: state !== undefined && showsRuntime ? `${state.runtime}${k3s}` : "",
  };
}

function places(world: World): readonly Place[] {
  const lima = limaHome(world, colimaHome(world));
  if (!existsSync(lima)) return [];
  return readdirSync(lima)
    .filter((name) => name.startsWith("colima") && existsSync(join(lima, name, "lima.yaml")))
    .toSorted()
    .map((id) => placeOf(world, id));
}

function driver(state: Config | undefined): string {
  if (state?.vmType === "vz") return "macOS Virtualization.Framework";
  return state?.vmType === "krunkit" ? "Krunkit" : "QEMU";
}

/** Go's `omitempty` on every field. */
function withoutEmpty(row: Row): Partial<Row> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== "" && value !== 0));
}

/** The size in bytes of the file system with the container data: ext4 keeps about 2 % of the disk for itself. */
export function containerStorageBytes(world: World, place: Place, realBytes: number | undefined): number {
  const rootBytes = hasDataDisk(world) ? (readLima(place)?.diskGib ?? 0) * gibibyte : 0;
  return Math.floor((realBytes ?? rootBytes) * 0.98);
}
