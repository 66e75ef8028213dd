/** Matches wants with grants: which services are neighbours, and which credentials each may use. Pure. */
import type { Credentials, CredentialSpec } from "./credential.ts";
import type { ConfiguredService, ContainerSpec } from "./service.ts";
import type { Grant, Granted, Neighbour, Neighbours, Want } from "./want.ts";

export type Wirable = Pick<
  ConfiguredService,
  "name" | "options" | "wants" | "grants" | "credentials" | "instances" | "ports"
>;

/** The services of a stack, indexed by what is wanted from them, so that planning stays linear in their number. */
export interface Wiring {
  readonly services: ReadonlyMap<string, Wirable>;
  /** The wants addressed to a service, by its name, in the order of the wanting services. */
  readonly wanted: ReadonlyMap<string, readonly { readonly service: Wirable; readonly want: Want }[]>;
}

export function wiringOf(services: readonly Wirable[]): Wiring {
  const wanted = new Map<string, { readonly service: Wirable; readonly want: Want }[]>();
  for (const service of services) {
    for (const want of service.wants) {
      const others = wanted.get(want.from) ?? [];
      wanted.set(want.from, others);
      others.push({ service, want });
    }
  }
  return { services: new Map(services.map((service) => [service.name, service])), wanted };
}

/** A want, with the service and the grant that provide it. */
export interface Wire {
  readonly want: Want;
  readonly owner: Wirable;
  readonly grant: Grant;
}

/**
 * Returns the wants of a service whose providers exist. Throws if the service's or a provider's declaration is wrong.
 */
export function wiresOf(service: Wirable, { services }: Wiring): readonly Wire[] {
  return service.wants.flatMap((want) => {
    const owner = services.get(want.from);
    return owner ? [{ want, owner, grant: grantOf(service, want, owner) }] : [];
  });
}

/** Returns the neighbours of a service. */
export function neighboursOf(service: Wirable, wiring: Wiring): Neighbours {
  const shared = new Map<Wirable, Set<string>>();
  for (const { owner, grant } of wiresOf(service, wiring)) {
    shared.set(owner, new Set([...(shared.get(owner) ?? []), ...(grant.shares ?? [])]));
  }
  return Object.fromEntries([...shared].map(([owner, names]) => [owner.name, neighbour(owner, [...names])]));
}

function neighbour({ instances, ports, options }: Wirable, credentials: readonly string[]): Neighbour {
  return {
    instances: instances.map((name) => {
      const own = ports.filter(({ instance }) => instance === name);
      // Services reach each other by the names of their instances.
      return { name, host: name, ports: Object.fromEntries(own.map((port) => [port.name, port.container])) };
    }),
    options,
    credentials,
  };
}

/** Returns what the others want from a service, in their order. Throws if two accounts would have the same name. */
export function grantsOf(owner: Wirable, { wanted }: Wiring, credentials: Credentials): readonly Granted[] {
  const users = new Map(owner.credentials.map(({ name, user }) => [user, `${owner.name}.${name}`]));
  return (wanted.get(owner.name) ?? []).map(({ want, service }) => {
    const grant = grantOf(service, want, owner);
    const parameters: unknown = grant.parameters.parse(want.with ?? {});
    const given = { to: service.name, grant: grant.name, parameters };
    if (want.as === undefined) return given;
    const { as } = want;
    claim(users, specOf(service, as).user, `${service.name}.${as}`, owner.name);
    return {
      ...given,
      as,
      // Looked up on access, because a server may issue it after this object was created.
      get credential() {
        return credentials(service.name, as);
      },
    };
  });
}

function claim(users: Map<string, string>, user: string, id: string, owner: string): void {
  const other = users.get(user) ?? id;
  if (other !== id) throw new Error(`${id} and ${other} would be one user of ${owner}: "${user}"`);
  users.set(user, id);
}

/** Returns the credentials that a service may use: its own, and those shared with it. Any other one throws. */
export function credentialsFor(service: Wirable, wiring: Wiring, all: Credentials): Credentials {
  const allowed = allowedTo(service, wiring);
  return (owner, name) => {
    if (!allowed.has(`${owner}.${name}`)) throw notAllowed(service, `${owner}.${name}`);
    return all(owner, name);
  };
}

/** Throws if a container mounts the secret of a credential, "<service>.<name>", that its service may not use. */
export function refuseForeignSecrets(
  service: Wirable,
  wiring: Wiring,
  { secrets }: Pick<ContainerSpec, "secrets">,
): void {
  if (secrets.length === 0) return;
  const allowed = allowedTo(service, wiring);
  for (const id of secrets) if (!allowed.has(id)) throw notAllowed(service, id);
}

function allowedTo(service: Wirable, wiring: Wiring): ReadonlySet<string> {
  return new Set([
    ...service.credentials.map(({ name }) => `${service.name}.${name}`),
    ...wiresOf(service, wiring).flatMap(({ owner, grant }) =>
      (grant.shares ?? []).map((name) => `${owner.name}.${name}`),
    ),
  ]);
}

function notAllowed({ name }: Wirable, id: string): Error {
  return new Error(`${name} may not use the credential ${id}: it is neither its own nor shared`);
}

function grantOf(service: Wirable, want: Want, owner: Wirable): Grant {
  const grant = owner.grants.find(({ name }) => name === want.grant);
  if (!grant) {
    const known = owner.grants.map(({ name }) => name).join(", ");
    throw new Error(`${service.name} wants "${want.grant}" of ${owner.name}, which grants ${known || "nothing"}`);
  }
  for (const name of grant.shares ?? []) specOf(owner, name);
  if (grant.account && want.as === undefined) {
    throw new Error(
      `${service.name} must say which credential "${want.grant}" of ${owner.name} is for: \`as\` is missing`,
    );
  }
  if (want.as !== undefined) {
    if (!grant.account)
      throw new Error(`"${want.grant}" of ${owner.name} makes no account for ${service.name}.${want.as}`);
    specOf(service, want.as);
  }
  return grant;
}

function specOf({ name, credentials }: Wirable, wanted: string): CredentialSpec {
  const spec = credentials.find((credential) => credential.name === wanted);
  if (!spec) throw new Error(`${name} declares no credential ${wanted}`);
  return spec;
}
