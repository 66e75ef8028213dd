import type { Config } from "./config.ts";
import { takeFault } from "./faults.ts";
import type { Place } from "./place.ts";
import { Fatal, atLeast, variable, type World } from "./world.ts";

/** What Colima checks before it saves colima.yaml. A wrong `runtime` is not among it: that fails after saving. */
export function validateConfig(world: World, place: Place, config: Config): void {
  const mac = world.knobs.platform === "darwin";
  refuseUnless(
    ["9p", "sshfs", ...(mac ? ["virtiofs"] : [])].includes(config.mountType),
    `invalid mountType: '${config.mountType}'`,
  );
  const vmTypes = ["qemu", ...(mac ? ["vz", "krunkit"] : [])];
  refuseUnless(vmTypes.includes(config.vmType), `invalid vmType: '${config.vmType}'`);
  if (config.vmType === "qemu") requireQemuImg(world, place);
  refuseUnless(
    !/^https?:/.test(config.diskImage),
    "cannot use diskImage: remote URLs not supported, only local files can be specified",
  );
  const forwarders = ["ssh", "grpc", ...(atLeast(world, "0.10.0") ? ["none"] : [])];
  refuseUnless(forwarders.includes(config.portForwarder), `invalid port forwarder: '${config.portForwarder}'`);
  const gateway = config.network.gatewayAddress;
  refuseUnless(gateway.endsWith(".2"), `the last octet of gateway "${gateway}" is not 2`);
}

/** Mounts are checked only when the VM is defined, long after saving. `/a/proj` and `/a/proj2` do not overlap. */
export function overlappingMounts(world: World, config: Config): string | undefined {
  const paths = (config.mounts ?? []).map((mount) => cleanPath(world, mount.mountPoint ?? mount.location));
  for (const [index, path] of paths.entries()) {
    const other = paths.slice(index + 1).find((next) => next.startsWith(path) || path.startsWith(next));
    if (other !== undefined) return `overlapping mounts not supported: '${path}' overlaps '${other}'`;
  }
  return undefined;
}

function requireQemuImg(world: World, place: Place): void {
  const fault = takeFault(world, "missing", place.shortName, (found) => found.program === "qemu-img");
  refuseUnless(
    fault === undefined,
    "cannot use vmType: 'qemu', error: qemu-img not found, run 'brew install qemu' to install",
  );
}

function refuseUnless(holds: boolean, reason: string): void {
  if (!holds) throw new Fatal(`error in config: ${reason}`);
}

function cleanPath(world: World, path: string): string {
  const expanded = path.replace(/^~/, variable(world, "HOME") ?? "");
  return `${expanded.replace(/\/+$/, "")}/`;
}
