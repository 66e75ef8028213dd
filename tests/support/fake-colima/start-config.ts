import { join } from "node:path";
import { freshConfig, loadConfig, withDefaults, type Config } from "./config.ts";
import type { Flags } from "./flags.ts";
import { log } from "./log.ts";
import type { Place } from "./place.ts";
import { atLeast, type World } from "./world.ts";

type Mounts = Config["mounts"];

/** Flags win over the file; what no flag says comes from the file, else from the template, else from the defaults. */
export function mergedConfig(world: World, place: Place, flags: Flags): Config {
  const base = existing(world, place, flags);
  const merged = fileOverlaid(base ?? freshConfig(world, place.id), flags);
  const typed = matchingMountType(world, merged, flags);
  return base === undefined ? typed : withFixedValues(world, place, typed);
}

function existing(world: World, place: Place, flags: Flags): Config | undefined {
  const desired = readable(world, place.desiredFile);
  if (desired !== undefined && desired.runtime !== "") return withDefaults(world, place.id, desired);
  // Up to 0.8.3 there was no flag and a template was always used; 0.9.0 made that the default again.
  const byDefault = !atLeast(world, "0.8.4") || atLeast(world, "0.9.0");
  if (!(flags.boolean("template") ?? byDefault)) return undefined;
  const template = readable(world, join(place.home, "_templates", "default.yaml"));
  return template === undefined ? undefined : withDefaults(world, place.id, template);
}

function readable(world: World, file: string): Config | undefined {
  try {
    return loadConfig(file);
  } catch (error) {
    log(world, "warning", `config load failed: could not load config from file: ${String(error)}`);
    log(world, "warning", "reverting to default settings");
    return undefined;
  }
}

function fileOverlaid(base: Config, flags: Flags): Config {
  return {
    ...base,
    cpu: flags.number("cpus") ?? flags.number("cpu") ?? base.cpu,
    memory: flags.number("memory") ?? base.memory,
    disk: flags.number("disk") ?? base.disk,
    rootDisk: flags.number("root-disk") ?? base.rootDisk,
    arch: flags.text("arch") ?? base.arch,
    runtime: flags.text("runtime") ?? base.runtime,
    cpuType: flags.text("cpu-type") ?? base.cpuType,
    hostname: flags.text("hostname") ?? base.hostname,
    vmType: flags.text("vm-type") ?? base.vmType,
    mountType: flags.text("mount-type") ?? base.mountType,
    mounts: mountsOf(flags.list("mount"), base.mounts),
    mountInotify: flags.boolean("mount-inotify") ?? base.mountInotify,
    forwardAgent: flags.boolean("ssh-agent") ?? base.forwardAgent,
    sshConfig: flags.boolean("ssh-config") ?? base.sshConfig,
    sshPort: flags.number("ssh-port") ?? base.sshPort,
    env: mapOf(flags.list("env")) ?? base.env,
    autoActivate: flags.boolean("activate") ?? base.autoActivate,
    binfmt: flags.boolean("binfmt") ?? base.binfmt,
    portForwarder: flags.text("port-forwarder") ?? base.portForwarder,
    rosetta: flags.boolean("vz-rosetta") ?? base.rosetta,
    nestedVirtualization: flags.boolean("nested-virtualization") ?? base.nestedVirtualization,
    modelRunner: flags.text("model-runner") ?? base.modelRunner,
    forceDiskImage: flags.boolean("force-disk-image") ?? base.forceDiskImage,
    // Not sticky: a later start without the flag empties it (COLIMA.md section 4).
    diskImage: flags.text("disk-image") ?? "",
    kubernetes: {
      ...base.kubernetes,
      enabled: flags.boolean("kubernetes") ?? base.kubernetes.enabled,
      version: flags.text("kubernetes-version") ?? base.kubernetes.version,
      k3sArgs: [...(flags.list("k3s-arg") ?? base.kubernetes.k3sArgs)],
    },
    network: {
      ...base.network,
      address: flags.boolean("network-address") ?? base.network.address,
      mode: flags.text("network-mode") ?? base.network.mode,
      interface: flags.text("network-interface") ?? base.network.interface,
      preferredRoute: flags.boolean("network-preferred-route") ?? base.network.preferredRoute,
      hostAddresses: flags.boolean("network-host-addresses") ?? base.network.hostAddresses,
      gatewayAddress: flags.text("gateway-address") ?? base.network.gatewayAddress,
      dns: [...(flags.list("dns") ?? base.network.dns)],
      dnsHosts: mapOf(flags.list("dns-host")) ?? base.network.dnsHosts,
    },
  };
}

/** `path[:mountpoint][:w]`, or `none`, which is written as null. */
function mountsOf(values: readonly string[] | undefined, unchanged: Mounts): Mounts {
  if (values === undefined) return unchanged;
  if (values.includes("none")) return null;
  return values.map((value) => {
    const [location = "", second, third] = value.split(":");
    const mount = { location, writable: second === "w" || third === "w" };
    return second?.startsWith("/") === true ? { ...mount, mountPoint: second } : mount;
  });
}

function mapOf(pairs: readonly string[] | undefined): Record<string, string> | undefined {
  if (pairs === undefined) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}

/** sshfs and 9p belong to qemu, virtiofs to vz; the other's is replaced (`cmd/start.go`, setFlagDefaults). */
function matchingMountType(world: World, config: Config, flags: Flags): Config {
  const given = flags.text("mount-type");
  if (config.vmType !== "vz" && config.mountType === "virtiofs") {
    if (given !== undefined) {
      log(world, "warning", "virtiofs is only available for 'vz' vmType, using sshfs");
    }
    return { ...config, mountType: "sshfs" };
  }
  if (config.vmType === "vz" && config.mountType === "9p") {
    if (given !== undefined) {
      log(world, "warning", "9p is only available for 'qemu' vmType, using virtiofs");
    }
    return { ...config, mountType: "virtiofs" };
  }
  return config;
}

/** What the first start fixed is put back with a warning and exit code 0 (COLIMA.md section 5). */
function withFixedValues(world: World, place: Place, config: Config): Config {
  const fixed = loadConfig(place.stateFile);
  if (fixed === undefined) return config;
  const keep = (name: string, wanted: string, had: string): string => {
    if (had === "" || had === wanted) return wanted;
    log(world, "warning", `'${name}' cannot be updated after initial setup, discarded`);
    return had;
  };
  const arch = keep("architecture", config.arch, fixed.arch);
  const vmType = keep("virtual machine type", config.vmType, fixed.vmType);
  const runtime = keep("runtime", config.runtime, fixed.runtime);
  const mountType = keep("volume mount type", config.mountType, fixed.mountType);
  const mode = keep("network mode", config.network.mode, fixed.network.mode);
  const lostAddress = fixed.network.address && !config.network.address;
  if (lostAddress) log(world, "warning", "network address cannot be disabled once enabled");
  const network = { ...config.network, mode, address: lostAddress || config.network.address };
  return { ...config, arch, vmType, runtime, mountType, network };
}
