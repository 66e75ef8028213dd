/** Desired stacks for tests: of the tests' own services, or of the project's profiles. */
import {
  configureServices,
  desire,
  sizeServices,
  type Desired,
  type EngineFacts,
  type SizedService,
} from "../../../stack/core/desire/desire.ts";
import { noCertificates, type CertificateStore } from "../../../stack/core/service/certificate.ts";
import type { ObtainedImage } from "../../../stack/core/service/image.ts";
import type { Profile } from "../../../stack/core/profile/profile.ts";
import type { Service } from "../../../stack/core/service/service.ts";
import type { Credential, Credentials, CredentialStore } from "../../../stack/core/service/credential.ts";
import { gib } from "../../../stack/core/units.ts";
import { readProfile } from "../../../stack/records/profiles.ts";
import { registry, services } from "../../../stack/services/index.ts";
import { testRegistry } from "./services.ts";

/** Four cpus and 8 GiB, and nothing wanted: tests say what differs. */
export function profileOf(parts: Partial<Profile> = {}): Profile {
  return {
    name: "test",
    description: "",
    machine: { cpus: 4, memory: gib(8), disk: gib(60) },
    services: { store: {} },
    overrides: {},
    workload: { kind: "web", clients: 100, connections: 15 },
    verification: { budgetS: 30, margin: 0.1 },
    images: "auto",
    runtime: "auto",
    portOffset: 0,
    ...parts,
  };
}

export interface StackParts {
  readonly stack?: string;
  /** The version of every image. */
  readonly version?: string;
  /** Services without an image. */
  readonly leftOut?: readonly string[];
  readonly registry?: ReadonlyMap<string, Service>;
  /** Passwords and their derived forms all begin with this. */
  readonly secret?: string;
  readonly engine?: EngineFacts;
  readonly certificates?: CertificateStore;
}

/** The stack of a profile on the machine that the profile asks for. */
export function desiredOf(profile: Profile, parts: StackParts = {}): Desired {
  const { stack = "default", version = "1", leftOut = [], registry: known = testRegistry, secret = "secret" } = parts;
  const configured = configureServices(profile, known);
  const { budget, sized } = sizeServices({ profile, machine: profile.machine, services: configured });
  const images = new Map(
    configured.filter(({ name }) => !leftOut.includes(name)).map(({ name }) => [name, imageOf(name, version)]),
  );
  const credentials = fakeCredentials(secret);
  const { engine = {}, certificates = noCertificates } = parts;
  const given = { stack, profile, profileReference: profile.name, budget, sized };
  return desire({ ...given, images, credentials, certificates, engine });
}

/** The same services, sized to that machine. */
export function sizedOf(services: Profile["services"]): readonly SizedService[] {
  const profile = profileOf({ services });
  return sizeServices({ profile, machine: profile.machine, services: configureServices(profile, testRegistry) }).sized;
}

/** The stack of one of the project's own profiles, with the real services. */
export async function shippedStack(name: string, parts: StackParts = {}): Promise<Desired> {
  const { profile } = await readProfile(name, { services });
  return desiredOf(profile, { registry, ...parts });
}

export function imageOf(service: string, version = "1"): ObtainedImage {
  return { reference: `${service}:${version}`, source: "registry", version, notes: [] };
}

export function fakeCredentials(secret: string): Credentials {
  return (service, name) => ({
    user: name,
    password: `${secret}-password-${service}-${name}`,
    scramSha256: `${secret}-scram-${service}-${name}`,
    sha256: `${secret}-sha-${service}-${name}`,
    saltedSha256: `${secret}-salted-${service}-${name}`,
  });
}

/** The same, and what servers issue is kept for as long as the test runs. */
export function fakeStore(secret: string): CredentialStore {
  const generated = fakeCredentials(secret);
  const kept = new Map<string, Credential>();
  const find = (service: string, name: string) => kept.get(`${service}.${name}`) ?? generated(service, name);
  const keep = async (service: string, name: string, password: string) => {
    const credential = { ...generated(service, name), password };
    kept.set(`${service}.${name}`, credential);
    return credential;
  };
  return Object.assign(find, { find, keep });
}
