/** What every command needs first: the stack's folder, its profile, its services, and a usable runtime. */
import { resolve } from "node:path";
import { configureServices } from "../../core/desire/desire.ts";
import type { PositionOf, Profile } from "../../core/profile/profile.ts";
import type { Runtime } from "../../core/machine/runtime.ts";
import type { ConfiguredService, Service } from "../../core/service/service.ts";
import { refuseHighPorts, stackPortOffset } from "../../core/desire/stack-ports.ts";
import { chooseRuntime, preferredRuntime, runtimeNames, type Chosen } from "../../runtimes/index.ts";
import { registry as catalogue } from "../../services/index.ts";
import { stackFolder, type StackFolder } from "../../records/folder.ts";
import { realHost, type Host } from "../../host/host.ts";
import { DEFAULT_PROFILE, isProfilePath, readProfile } from "../../records/profiles.ts";
import { stackInUse, type InUse } from "../../records/in-use.ts";

export interface StackOptions {
  readonly stack: string;
  /** Name or path; default: the profile that the stack was last brought up with, otherwise the default profile. */
  readonly profile?: string;
  readonly runtime?: string;
  /** The known services; default: those of `stack/services`. */
  readonly registry?: ReadonlyMap<string, Service>;
  /** Ends the commands of this computer that the stack's host runs. */
  readonly signal?: AbortSignal;
}

/** A stack as requested. It is read from files only; the machine is not asked. */
export interface Wanted {
  readonly stack: string;
  readonly folder: StackFolder;
  readonly profile: Profile;
  /** The profile's name, or the absolute path of its file. */
  readonly profileReference: string;
  /** Returns positions in the profile's files, for mistakes that only sizing finds. */
  readonly positionOf?: PositionOf;
  readonly services: readonly ConfiguredService[];
  readonly runtime: string;
  /** True if `runtime` is where the stack was brought up, and neither the command nor the profile names it. */
  readonly isRemembered: boolean;
  readonly host: Host;
}

/** Resolves the wanted stack. Rejects with PROFILE_UNKNOWN, PROFILE_INVALID or WRONG_USAGE. */
export async function readWanted(options: StackOptions): Promise<Wanted> {
  const { registry = catalogue } = options;
  const services = [...registry.values()];
  const folder = stackFolder(options.stack);
  const inUse = await stackInUse(folder);
  const wanted = options.profile ?? inUse?.profileReference ?? DEFAULT_PROFILE;
  const { profile: read, positionOf } = await readProfile(wanted, { services, runtimes: runtimeNames });
  const profile = { ...read, portOffset: read.portOffset + stackPortOffset(options.stack) };
  refuseHighPorts(
    options.stack,
    read.portOffset,
    configureServices(profile, registry).flatMap(({ ports }) => ports),
  );
  const profileReference = isProfilePath(wanted) ? resolve(wanted) : wanted;
  return { ...wantedOf(options, { profile, profileReference, runtime: runtimeInUse(inUse, profile) }), positionOf };
}

/**
 * Returns where the stack was brought up: its volumes are there, and commands without `--runtime` mean that stack. A
 * profile whose own choice has changed since decides again.
 */
function runtimeInUse(inUse: InUse | undefined, { runtime }: Pick<Profile, "runtime">): string | undefined {
  if (inUse?.runtime === undefined || inUse.profile.runtime !== runtime) return undefined;
  return runtimeNames.includes(inUse.runtime) ? inUse.runtime : undefined;
}

/** Returns the stack as it was brought up, even if the files of its profile have changed since. */
export function wantedOf(
  options: StackOptions,
  { profile, profileReference, runtime }: Pick<InUse, "profile" | "profileReference" | "runtime">,
): Wanted {
  return {
    stack: options.stack,
    folder: stackFolder(options.stack),
    profile,
    profileReference,
    services: configureServices(profile, options.registry ?? catalogue),
    runtime: options.runtime ?? runtime ?? profile.runtime,
    isRemembered: options.runtime === undefined && runtime !== undefined && runtime !== profile.runtime,
    host: realHost(process.env, options.signal),
  };
}

/** Resolves the wanted runtime or the first usable one; undefined, with the reasons, if there is none. */
export async function findRuntime({ runtime, stack, host }: Wanted): Promise<Chosen> {
  return chooseRuntime({ wanted: runtime, stack, host });
}

/** Returns the runtime that would be tried first, for facts that need no request to it. */
export function likelyRuntime({ runtime, stack, host }: Wanted): Runtime {
  return preferredRuntime({ wanted: runtime, stack, host });
}
