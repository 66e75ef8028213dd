import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { atLeast, type World } from "./world.ts";

/** A YAML key without a value is null, and Go reads null as the zero value: both mean the fallback. */
function or<T extends z.ZodType, F>(schema: T, fallback: F) {
  return schema.nullish().transform((value) => value ?? fallback);
}

const Mount = z.object({
  location: z.string(),
  mountPoint: z.string().optional(),
  writable: or(z.boolean(), false),
});

const Kubernetes = z.object({
  enabled: or(z.boolean(), false),
  version: or(z.string(), "v1.35.0+k3s1"),
  k3sArgs: or(z.array(z.string()), ["--disable=traefik"]),
  port: or(z.number(), 0),
});

const Network = z.object({
  address: or(z.boolean(), false),
  mode: or(z.string(), "shared"),
  interface: or(z.string(), "en0"),
  preferredRoute: or(z.boolean(), false),
  dns: or(z.array(z.string()), []),
  dnsHosts: or(z.record(z.string(), z.string()), {
    "host.docker.internal": "host.lima.internal",
  }),
  hostAddresses: or(z.boolean(), false),
  gatewayAddress: or(z.string(), "192.168.5.2"),
});

/** colima.yaml (COLIMA.md section 4). An empty `runtime` marks a file as one that says nothing. */
const Config = z.object({
  cpu: or(z.number(), 2),
  disk: or(z.number(), 0),
  memory: or(z.number(), 2),
  arch: or(z.string(), ""),
  runtime: or(z.string(), ""),
  modelRunner: or(z.string(), "docker"),
  hostname: or(z.string(), ""),
  kubernetes: or(Kubernetes, Kubernetes.parse({})),
  autoActivate: or(z.boolean(), true),
  network: or(Network, Network.parse({})),
  forwardAgent: or(z.boolean(), false),
  docker: or(z.record(z.string(), z.unknown()), {}),
  vmType: or(z.string(), ""),
  portForwarder: or(z.string(), "ssh"),
  rosetta: or(z.boolean(), false),
  binfmt: or(z.boolean(), true),
  nestedVirtualization: or(z.boolean(), false),
  mountType: or(z.string(), ""),
  mountInotify: or(z.boolean(), false),
  cpuType: or(z.string(), "host"),
  provision: or(z.array(z.record(z.string(), z.unknown())), []),
  sshConfig: or(z.boolean(), true),
  sshPort: or(z.number(), 0),
  /** `[]` mounts the home folder, null mounts nothing. */
  mounts: or(z.array(Mount), null),
  diskImage: or(z.string(), ""),
  forceDiskImage: or(z.boolean(), false),
  rootDisk: or(z.number(), 20),
  env: or(z.record(z.string(), z.string()), {}),
});

export type Config = z.infer<typeof Config>;

/** The file's configuration, undefined if there is no such file. Throws if it cannot be read as one. */
export function loadConfig(file: string): Config | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  return Config.parse(parse(text) ?? {});
}

export function saveConfig(config: Config, file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, stringify(config));
}

/** What a first start without flags, file and template gives. */
export function freshConfig(world: World, id: string): Config {
  return withDefaults(world, id, Config.parse({ runtime: "docker", mounts: [] }));
}

/** Fills what Colima fills in a file that leaves it out; `rootDisk` and `portForwarder` have theirs in the schema. */
export function withDefaults(world: World, id: string, config: Config): Config {
  const onMac = world.knobs.platform === "darwin";
  const vmType = config.vmType === "" ? defaultVmType(world) : config.vmType;
  return {
    ...config,
    vmType,
    disk: config.disk === 0 ? (atLeast(world, "0.8.0") ? 100 : 60) : config.disk,
    arch: config.arch === "" ? hostArch(world) : config.arch,
    hostname: config.hostname === "" ? id : config.hostname,
    mountType: config.mountType === "" ? (onMac && vmType === "vz" ? "virtiofs" : "sshfs") : config.mountType,
  };
}

function defaultVmType(world: World): string {
  return world.knobs.platform === "darwin" && atLeast(world, "0.8.0") ? "vz" : "qemu";
}

/** The fake Mac is an Apple silicon one. */
function hostArch(world: World): string {
  return world.knobs.platform === "darwin" ? "aarch64" : "x86_64";
}
