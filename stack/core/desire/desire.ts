/** Computes the whole wanted stack from a profile and a machine. Pure: the same input gives the same stack. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { allocate, budgetMachine, type Budget } from "./budget.ts";
import { confinementOf, rightsOf } from "./confinement.ts";
import { PlumblineError } from "../errors.ts";
import type { MachineFacts } from "../machine/facts.ts";
import type { Machine } from "../machine/machine.ts";
import type { Confinement } from "../service/confinement.ts";
import { noCertificates, type CertificateStore } from "../service/certificate.ts";
import { digestOf, ENGINE_SOCKET, networksOf } from "../service/container.ts";
import type { ObtainedImage } from "../service/image.ts";
import type { PositionOf, Profile } from "../profile/profile.ts";
import { settleSettings, type SettleOptions, type UnknownSetting } from "./settings.ts";
import type { ConfFile, ConfiguredService, ContainerSpec, PortSpec, Service, Share } from "../service/service.ts";
import type { Credentials } from "../service/credential.ts";
import type { Setting } from "../service/setting.ts";
import type { Granted, Neighbours } from "../service/want.ts";
import { credentialsFor, grantsOf, neighboursOf, refuseForeignSecrets, wiringOf } from "../service/wiring.ts";

export interface DesiredInstance {
  readonly name: string;
  readonly service: string;
  readonly container: ContainerSpec;
  readonly files: readonly ConfFile[];
  readonly hasCertificates: boolean;
  readonly ports: readonly (PortSpec & { readonly published: number })[];
  /** What its container may do, and what it reaches of its machine. */
  readonly confinement: Confinement;
  /** Hash of everything that takes a new container to change. */
  readonly identity: string;
  /** The credentials that its service may use. */
  readonly credentials: Credentials;
  readonly neighbours: Neighbours;
}

export interface DesiredService {
  readonly name: string;
  /** Services that this one cannot work without. */
  readonly requires: readonly string[];
  readonly definition: ConfiguredService;
  readonly image: ObtainedImage;
  readonly share: Share;
  readonly settings: readonly Setting[];
  readonly instances: readonly DesiredInstance[];
  /** True if this command concerns the service. The other services stay as they are, and are in the generated files. */
  readonly selected: boolean;
  /** What the other services want from this one. */
  readonly grants: readonly Granted[];
}

export type EngineFacts = Pick<MachineFacts, "engineSocket" | "openFilesLimit" | "limitsProcesses">;

export interface Desired {
  readonly stack: string;
  readonly engine: EngineFacts;
  readonly profile: Profile;
  /** The profile's name, or the path of its file, as the user gave it. */
  readonly profileReference: string;
  readonly budget: Budget;
  /** What the profile's own settings put at risk, each with its place. */
  readonly warnings: readonly string[];
  /** What the profile's own settings make impossible. Only commands that look get so far with them. */
  readonly refusals: readonly string[];
  /** Every service whose image is known, in the profile's order. */
  readonly services: readonly DesiredService[];
}

/** Returns the services that this command concerns. */
export function selectedServices({ services }: Desired): readonly DesiredService[] {
  return services.filter(({ selected }) => selected);
}

export interface SizedService {
  readonly definition: ConfiguredService;
  readonly requires: readonly string[];
  readonly share: Share;
  readonly settings: readonly Setting[];
}

/** The profile's services with their options applied, in the profile's order. */
export function configureServices(
  profile: Profile,
  registry: ReadonlyMap<string, Service>,
): readonly ConfiguredService[] {
  return Object.entries(profile.services).map(([name, options]) => {
    const service = registry.get(name);
    if (!service) throw unknownService(name, registry);
    return service.configure(options);
  });
}

/** `purpose`, default "change": settings that cannot work together are thrown then, and results if it is "look". */
export interface SizeInput extends SettleOptions {
  readonly profile: Profile;
  readonly machine: Machine;
  readonly services: readonly ConfiguredService[];
  /**
   * Finds the place in the profile's files. Absent for the profile that a stack was brought up with: a mistake is then
   * reported at its start, and what an earlier version of Plumbline accepted is accepted, so that it can be put back.
   */
  readonly positionOf?: PositionOf;
}

/**
 * Computes budget and settings, the part of the stack that needs neither images nor credentials. Throws
 * BUDGET_IMPOSSIBLE, or PROFILE_INVALID with every mistake in the profile's own settings.
 */
export function sizeServices({ profile, machine, services, positionOf, ...options }: SizeInput): {
  readonly budget: Budget;
  readonly sized: readonly SizedService[];
  readonly warnings: readonly string[];
  readonly refusals: readonly string[];
  readonly unknown: readonly UnknownSetting[];
} {
  const usable = budgetMachine(machine, profile.machine);
  const { workload } = profile;
  const claims = services.map((definition) => ({
    service: definition.name,
    requires: definition.requires,
    instances: definition.instances.length,
    needs: definition.needs({ machine: usable, workload }),
  }));
  const budget = allocate(claims, usable);
  const computed = services.map((definition) => {
    const share = budget.shares.get(definition.name);
    if (!share) throw new Error(`no share for ${definition.name}`);
    const logs = budget.logs.shares.get(definition.name);
    const input = { share, machine: usable, workload, ...(logs === undefined ? {} : { logs }) };
    return { definition, input, tuned: definition.tune(input) };
  });
  const { settings, ...settled } = settleSettings(profile, computed, positionOf, options);
  const sized = computed.map(({ definition, input: { share } }) => {
    const { name, requires } = definition;
    return { definition, requires, share, settings: settings.get(name) ?? [] };
  });
  return { budget, sized, ...settled };
}

export interface DesireInput {
  readonly stack: string;
  readonly profile: Profile;
  readonly profileReference: string;
  readonly budget: Budget;
  readonly sized: readonly SizedService[];
  readonly warnings?: readonly string[];
  readonly refusals?: readonly string[];
  /** Images by service. A service without an image is left out. */
  readonly images: ReadonlyMap<string, ObtainedImage>;
  readonly credentials: Credentials;
  /** Absent: names of certificates that are still to be issued. */
  readonly certificates?: CertificateStore;
  /** The services that the command concerns; all if absent. */
  readonly selected?: ReadonlySet<string>;
  /** Engine facts that container definitions depend on. Without them, the defaults of common engines are used. */
  readonly engine?: EngineFacts;
}

/** Returns the wanted stack. */
export function desire(input: DesireInput): Desired {
  const { budget, sized, images, credentials: all, certificates = noCertificates, selected, ...others } = input;
  const { engine: facts = {}, warnings = [], refusals = [], ...given } = others;
  const engine = onlyEngineFacts(facts);
  const { profile } = given;
  const services: DesiredService[] = [];
  const present = sized.map(({ definition }) => definition).filter(({ name }) => images.has(name));
  const around = wiringOf(present);
  for (const { definition, requires, share, settings: tuned } of sized) {
    const image = images.get(definition.name);
    if (!image) continue;
    const settings = [...tuned, ...certificateSettings(definition, certificates)];
    const hasCertificates = definition.certificates.length > 0;
    const credentials = credentialsFor(definition, around, all);
    const neighbours = neighboursOf(definition, around);
    const grants = grantsOf(definition, around, all);
    const hostPort = (instance: string, port: string): number => {
      const spec = definition.ports.find((candidate) => candidate.instance === instance && candidate.name === port);
      if (!spec) throw new Error(`${definition.name} declares no port ${port} for ${instance}`);
      return spec.defaultHostPort + profile.portOffset;
    };
    const instances = definition.instances.map((name): DesiredInstance => {
      const { workload } = profile;
      const input = { instance: name, share, settings, workload, credentials, neighbours, grants, hostPort };
      const container = definition.container(input);
      refuseForeignSecrets(definition, around, container);
      const files = definition.files(input);
      const ports = definition.ports
        .filter(({ instance }) => instance === name)
        .map((port) => ({ ...port, published: port.defaultHostPort + profile.portOffset }));
      const described = { name, service: definition.name, container, files, hasCertificates, ports };
      const confinement = confinementOf({ stack: given.stack, engine, ...described });
      const identity = identityOf(definitionOf({ ...described, image, confinement, engine, settings }));
      return { ...described, confinement, identity, credentials, neighbours };
    });
    const { name } = definition;
    const isSelected = selected?.has(name) ?? true;
    services.push({ name, requires, definition, image, share, settings, instances, grants, selected: isSelected });
  }
  return { ...given, engine, budget, warnings, refusals, services };
}

/** Returns the settings by which the servers of a service read their certificates. */
export function certificateSettings(
  { name, certificates }: Pick<ConfiguredService, "name" | "certificates">,
  store: CertificateStore,
): readonly Setting[] {
  return certificates.flatMap((spec) => spec.settings(store(name, spec.name)));
}

/** Leaves out the machine's other facts, which must not reach a container's definition. */
function onlyEngineFacts({ engineSocket, openFilesLimit, limitsProcesses }: EngineFacts): EngineFacts {
  return {
    ...(engineSocket === undefined ? {} : { engineSocket }),
    ...(openFilesLimit === undefined ? {} : { openFilesLimit }),
    ...(limitsProcesses === undefined ? {} : { limitsProcesses }),
  };
}

/** Returns everything that takes a new container to change, with hashes instead of secrets and of bytes. */
function definitionOf({
  image,
  container,
  ports,
  files,
  hasCertificates,
  confinement,
  engine,
  settings,
}: Pick<DesiredInstance, "container" | "ports" | "files" | "hasCertificates" | "confinement"> & {
  readonly image: ObtainedImage;
  readonly engine: EngineFacts;
  readonly settings: readonly Setting[];
}): unknown {
  // Left out is what is listed below as it takes effect.
  const { secretFiles = [], networks: _networks, openFiles: _openFiles, processes: _processes, ...rest } = container;
  const usesSocket = container.mounts?.some(({ kind }) => kind === "engine-socket") ?? false;
  return {
    image: image.reference,
    container: { ...rest, networks: networksOf(container) },
    rights: rightsOf(confinement),
    secretFiles: secretFiles.map(({ path, text }) => ({ path, digest: digestOf(text) })),
    ports: ports.map(({ container: inside, published }) => ({ inside, published })),
    files: files.flatMap(identityOfFile),
    mountsConf: files.length > 0,
    ...(hasCertificates ? { mountsCertificates: true } : {}),
    ...untunedOf(settings),
    ...(usesSocket ? { engineSocket: engine.engineSocket ?? ENGINE_SOCKET } : {}),
  };
}

/**
 * Returns the settings that only the profile gives, by name: a server keeps a value that the profile no longer gives
 * until a new container starts with its own defaults. Values that it cannot report, or not alone, belong to them.
 */
function untunedOf(settings: readonly Setting[]): { readonly given?: readonly string[] } {
  const given = settings
    .filter(({ untuned }) => untuned)
    .map(({ name, value, unreported, tolerance }) =>
      unreported || tolerance?.kind === "part" ? `${name} = ${value}` : name,
    );
  return given.length === 0 ? {} : { given: given.toSorted() };
}

/** Returns the hash of a container's definition. A container is replaced if its hash differs, and only then. */
export function identityOf(definition: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(definition)))).slice(0, 16);
}

/** Returns the parts of a file that require a new container when they change. */
function identityOfFile({ path, text, bytes, identity }: ConfFile): readonly unknown[] {
  if (identity === undefined) return [];
  if (identity !== true) return [{ path, part: identity }];
  return [bytes ? { path, digest: digestOf(bytes) } : { path, text }];
}

function unknownService(name: string, registry: ReadonlyMap<string, Service>): PlumblineError {
  return new PlumblineError("PROFILE_INVALID", {
    what: `The profile names the service ${name}`,
    why: "No such service exists",
    fix: `Use one of: ${[...registry.keys()].join(", ")}`,
  });
}
