/** Reads a container's confinement from the engine's inspection; versions of the engine differ in its spelling. */
import { z } from "zod";
import type { ConfinedMount, Confinement } from "../../core/service/confinement.ts";

const texts = z.array(z.string()).nullish();
/** { "5432/tcp": [{ HostIp: "127.0.0.1", HostPort: "25432" }] }; null for a port that is only exposed. */
const ports = z
  .record(z.string(), z.array(z.object({ HostIp: z.string().nullish(), HostPort: z.string().nullish() })).nullish())
  .nullish();

/** Options that no container of a stack has. */
const others = {
  Sysctls: z.record(z.string(), z.string()).nullish(),
  ExtraHosts: texts,
  Dns: texts,
  Links: texts,
  RestartPolicy: z.object({ Name: z.string().nullish() }).nullish(),
  CgroupParent: z.string().nullish(),
  OomKillDisable: z.boolean().nullish(),
  OomScoreAdj: z.number().nullish(),
};

const Inspection = z.object({
  HostConfig: z.object({
    Privileged: z.boolean().nullish(),
    CapAdd: texts,
    CapDrop: texts,
    SecurityOpt: texts,
    GroupAdd: texts,
    PidsLimit: z.number().nullish(),
    ReadonlyRootfs: z.boolean().nullish(),
    PidMode: z.string().nullish(),
    IpcMode: z.string().nullish(),
    NetworkMode: z.string().nullish(),
    UTSMode: z.string().nullish(),
    UsernsMode: z.string().nullish(),
    Ulimits: z.array(z.object({ Name: z.string(), Soft: z.number(), Hard: z.number() })).nullish(),
    Devices: z.array(z.object({ PathOnHost: z.string() })).nullish(),
    DeviceCgroupRules: texts,
    DeviceRequests: z.array(z.object({ Driver: z.string().nullish(), Count: z.number().nullish() })).nullish(),
    MaskedPaths: texts,
    PortBindings: ports,
    ...others,
  }),
  Config: z.object({ User: z.string().nullish() }).nullish(),
  NetworkSettings: z.object({ Ports: ports, Networks: z.record(z.string(), z.unknown()).nullish() }),
  Mounts: z
    .array(
      z.object({
        Type: z.string().nullish(),
        Name: z.string().nullish(),
        Source: z.string().nullish(),
        Destination: z.string(),
        RW: z.boolean().nullish(),
      }),
    )
    .nullish(),
});

type HostConfig = z.infer<typeof Inspection>["HostConfig"];
type Mounts = z.infer<typeof Inspection>["Mounts"];
type Ports = z.infer<typeof ports>;

/**
 * Returns the confinement from what `GET /containers/<id>/json` returned. `imageUser`: the user of its image, if that is
 * known.
 */
export function confinementIn(inspection: unknown, imageUser?: string): Confinement {
  const { HostConfig: host, Config, NetworkSettings, Mounts } = Inspection.parse(inspection);
  const sharedNamespaces = sharedIn(host);
  return {
    privileged: host.Privileged ?? false,
    addedCapabilities: (host.CapAdd ?? []).map(capability),
    droppedCapabilities: (host.CapDrop ?? []).map(capability),
    securityOptions: securityOptionsIn(host, sharedNamespaces),
    // -1, 0 and null are no limit.
    processes: Math.max(0, host.PidsLimit ?? 0),
    openFiles: openFilesIn(host),
    readOnlyRoot: host.ReadonlyRootfs ?? false,
    sharedNamespaces,
    groups: host.GroupAdd ?? [],
    devices: devicesIn(host),
    // The bindings are known also of a container that does not run; the ports include those that the engine chose.
    ports: [...new Set([...published(host.PortBindings), ...published(NetworkSettings.Ports)])],
    mounts: (Mounts ?? []).flatMap(mountOf),
    networks: Object.keys(NetworkSettings.Networks ?? {}),
    user: Config?.User ?? "",
    ...(imageUser === undefined ? {} : { imageUser }),
    otherOptions: otherOptionsIn(host),
  };
}

function devicesIn({ Devices, DeviceCgroupRules, DeviceRequests }: HostConfig): readonly string[] {
  return [
    ...(Devices ?? []).map(({ PathOnHost }) => PathOnHost),
    ...(DeviceCgroupRules ?? []).map((rule) => `rule ${rule}`),
    ...(DeviceRequests ?? []).map(({ Driver, Count }) => `request ${Driver || "any driver"} ${Count ?? ""}`.trim()),
  ];
}

function otherOptionsIn(host: HostConfig): readonly string[] {
  const restart = host.RestartPolicy?.Name ?? "";
  return [
    ...Object.entries(host.Sysctls ?? {}).map(([name, value]) => `sysctl ${name}=${value}`),
    ...(host.ExtraHosts ?? []).map((entry) => `extra_hosts ${entry}`),
    ...(host.Dns ?? []).map((address) => `dns ${address}`),
    ...(host.Links ?? []).map((link) => `link ${link}`),
    ...(restart === "" || restart === "no" ? [] : [`restart ${restart}`]),
    ...(host.CgroupParent ? [`cgroup_parent ${host.CgroupParent}`] : []),
    ...(host.OomKillDisable ? ["oom_kill_disable"] : []),
    ...(host.OomScoreAdj ? [`oom_score_adj ${host.OomScoreAdj}`] : []),
  ];
}

/** A soft limit below the hard one counts as none: no container is wanted that can raise its own. */
function openFilesIn({ Ulimits }: HostConfig): number {
  const limit = Ulimits?.find(({ Name }) => Name === "nofile");
  return limit && limit.Soft === limit.Hard ? limit.Hard : 0;
}

/** "CAP_CHOWN" of newer engines and "CHOWN" of older ones are the same. */
function capability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, "");
}

/** A profile of seccomp is a whole document. */
const OPTION_LENGTH = 80;

function securityOptionsIn(host: HostConfig, shared: readonly string[]): readonly string[] {
  const { Privileged, SecurityOpt, MaskedPaths } = host;
  const options = (SecurityOpt ?? []).map((given) => {
    const option = given.replace(/^([a-z-]+)=/, "$1:");
    return option === "no-new-privileges" ? `${option}:true` : option.slice(0, OPTION_LENGTH);
  });
  // The engine adds this one by itself where processes of the machine can be seen.
  const isSeeing = Privileged === true || shared.some((namespace) => /^(pid|ipc): host$/.test(namespace));
  // The client takes this option out of the list, and empties the list of hidden paths for it.
  const isUnmasked = Privileged !== true && MaskedPaths?.length === 0;
  return [
    ...options.filter((option) => !(isSeeing && option === "label:disable")),
    ...(isUnmasked ? ["systempaths:unconfined"] : []),
  ];
}

/** Namespaces of the machine or of another container. That of cgroups counts for nothing: cgroup v1 shares it always. */
function sharedIn(host: HostConfig): readonly string[] {
  const modes = {
    pid: host.PidMode,
    ipc: host.IpcMode,
    network_mode: host.NetworkMode,
    uts: host.UTSMode,
    userns_mode: host.UsernsMode,
  };
  return Object.entries(modes).flatMap(([name, mode]) =>
    mode !== null && mode !== undefined && /^(host$|container:)/.test(mode) ? [`${name}: ${mode}`] : [],
  );
}

function published(given: Ports): readonly string[] {
  return Object.entries(given ?? {}).flatMap(([port, bindings]) =>
    (bindings ?? []).map(({ HostIp, HostPort }) => `${addressText(HostIp ?? "")}:${HostPort ?? ""}:${port}`),
  );
}

/** No address means every one. */
function addressText(address: string): string {
  if (address === "") return "0.0.0.0";
  return address.includes(":") ? `[${address}]` : address;
}

/** An engine in a virtual machine of Docker Desktop reports paths of its own for those of the host. */
const TRANSLATED = /^\/(host_mnt|run\/desktop)(\/|$)/;
/** The engine names the volumes that an image declares by a hash. They hold nothing of the machine. */
const ANONYMOUS = /^[0-9a-f]{64}$/;

function mountOf(mount: NonNullable<Mounts>[number]): readonly ConfinedMount[] {
  const { Type: kind, Name: name, Source: path, Destination: target } = mount;
  if (kind === "tmpfs" || (kind === "volume" && ANONYMOUS.test(name ?? ""))) return [];
  const source = kind === "volume" ? name : path;
  const isKnown = source !== null && source !== undefined && source !== "" && !TRANSLATED.test(source);
  return [{ ...(isKnown ? { source } : {}), target, writable: mount.RW ?? true }];
}
