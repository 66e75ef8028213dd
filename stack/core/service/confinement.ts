/**
 * What a container may do, and what it reaches of its machine. The engine takes it when it creates the container, so a
 * change takes a new one. Pure.
 */

/** Has the same shape for what is wanted and for what the engine reports. The order in a list has no meaning. */
export interface Confinement {
  /** True if it has every capability and every device of its machine. */
  readonly privileged: boolean;
  /** Capabilities as Compose names them: "CHOWN", or "ALL". */
  readonly addedCapabilities: readonly string[];
  readonly droppedCapabilities: readonly string[];
  /** "no-new-privileges:true". */
  readonly securityOptions: readonly string[];
  /** Maximum of its processes and threads together; 0: no limit. */
  readonly processes: number;
  /** Limit of open files; 0: that of the engine. */
  readonly openFiles: number;
  readonly readOnlyRoot: boolean;
  /** Namespaces that are not its own: "pid: host". */
  readonly sharedNamespaces: readonly string[];
  /** Additional groups of its processes. */
  readonly groups: readonly string[];
  /** Paths of devices of its machine, and rules that open more of them: "/dev/sda", "rule c 10:200 rwm". */
  readonly devices: readonly string[];
  /** "127.0.0.1:5432:5432/tcp": address and port on the host, port in the container. */
  readonly ports: readonly string[];
  readonly mounts: readonly ConfinedMount[];
  /** Names in the engine of the networks that it is attached to. */
  readonly networks: readonly string[];
  /** Whom its first process runs as: "65534:65534". Empty: the user of its image. */
  readonly user: string;
  /** The user of its image, as the engine reports it; absent if it is not known. */
  readonly imageUser?: string;
  /** Other options that no container of a stack has: "sysctl net.ipv4.ip_forward=1", "restart always". */
  readonly otherOptions: readonly string[];
}

export interface ConfinedMount {
  /** Path in the container. */
  readonly target: string;
  /**
   * Name of a volume in the engine, or a path: absolute on the machine, or relative to the stack's folder if it begins
   * with "./". Absent if the engine does not report it.
   */
  readonly source?: string;
  readonly writable: boolean;
}

/** Every container loses all capabilities, and then gets those that its service names. */
export const DROPPED_CAPABILITIES: readonly string[] = ["ALL"];

/** No program in a container gains rights that its caller lacks, as by a setuid file. */
export const SECURITY_OPTIONS: readonly string[] = ["no-new-privileges:true"];

/**
 * Returns in words what a container has beyond the wanted confinement, and what it lacks of it; undefined if the two are
 * equal. `folder`: the stack's folder, if it is known.
 */
export function deviationOf(wanted: Confinement, found: Confinement, folder: string | undefined): string | undefined {
  const should = new Set(partsOf(withUser(wanted, found), folder));
  const has = new Set(partsOf({ ...found, mounts: withSources(found.mounts, wanted.mounts) }, folder));
  const beyond = [...has].filter((part) => !should.has(part));
  const missing = [...should].filter((part) => !has.has(part));
  const sentences = [
    ...(beyond.length > 0 ? [`it has ${beyond.join("; ")} beyond its definition`] : []),
    ...(missing.length > 0 ? [`it lacks ${missing.join("; ")}`] : []),
  ];
  return sentences.length > 0 ? sentences.join(", and ") : undefined;
}

/** Returns every single right and limit in the words of a compose file. */
function partsOf(confinement: Confinement, folder: string | undefined): readonly string[] {
  const { privileged, processes, openFiles, readOnlyRoot } = confinement;
  return [
    ...(privileged ? ["privileged"] : []),
    ...confinement.addedCapabilities.map((name) => `cap_add ${name}`),
    ...confinement.droppedCapabilities.map((name) => `cap_drop ${name}`),
    ...confinement.securityOptions.map((option) => `security_opt ${option}`),
    ...(processes > 0 ? [`pids_limit ${processes}`] : []),
    ...(openFiles > 0 ? [`nofile ${openFiles}`] : []),
    ...(readOnlyRoot ? ["read_only"] : []),
    ...confinement.sharedNamespaces,
    ...confinement.groups.map((group) => `group_add ${group}`),
    ...confinement.devices.map((path) => `device ${path}`),
    ...confinement.ports.map((port) => `port ${port}`),
    ...confinement.mounts.map((mount) => mountText(mount, folder)),
    ...confinement.networks.map((network) => `network ${network}`),
    ...(confinement.user === "" ? [] : [`user ${confinement.user}`]),
    ...confinement.otherOptions,
  ];
}

/** Who is not told otherwise runs as its image's user, if that is known, and as whoever is found if it is not. */
function withUser(wanted: Confinement, found: Confinement): Confinement {
  return wanted.user === "" ? { ...wanted, user: found.imageUser ?? found.user } : wanted;
}

function mountText({ source = "", target, writable }: ConfinedMount, folder: string | undefined): string {
  const from = folder !== undefined && source.startsWith("./") ? `${folder}${source.slice(1)}` : source;
  return `mount ${from} at ${target}, ${writable ? "writable" : "read-only"}`;
}

/** A source that the engine does not report counts as the wanted one of the same target. */
function withSources(found: readonly ConfinedMount[], wanted: readonly ConfinedMount[]): readonly ConfinedMount[] {
  return found.map((mount) => {
    const source = mount.source ?? wanted.find(({ target }) => target === mount.target)?.source;
    return { ...mount, source: source ?? "an unknown path" };
  });
}
