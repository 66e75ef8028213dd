/** Credentials: what a service declares, what a server stores of one, and how one is found. */

export interface CredentialSpec {
  /** "admin", "app", "bench". */
  readonly name: string;
  readonly user: string;
  /** A server makes it: `prepare` hands it to `keep`. Without this it is generated before anything starts. */
  readonly issued?: true;
  /**
   * The key to the service's volumes: with it, `up` gives every other credential a new secret; where data exist and it does
   * not, they are lost. A service without such a key has lost its data where all generated credentials are gone.
   */
  readonly key?: true;
}

/** A credential with its secret, and the derived forms that servers store instead of it. */
export interface Credential {
  readonly user: string;
  readonly password: string;
  /** PostgreSQL's and PgBouncer's stored form: SCRAM-SHA-256$4096:salt$StoredKey:ServerKey. */
  readonly scramSha256: string;
  /** Lower-case hex of SHA-256, as in Redis ACL files. */
  readonly sha256: string;
  /** Base64 of salt + SHA-256(salt + password), RabbitMQ's rabbit_password_hashing_sha256. */
  readonly saltedSha256: string;
}

/**
 * Credentials by service and name. Throws if a service asks for one that is neither its own nor shared with it, which
 * is a defect, and for an issued one that is not there yet.
 */
export type Credentials = (service: string, name: string) => Credential;

/** All credentials of a stack, to which servers add those that they issue. */
export interface CredentialStore {
  (service: string, name: string): Credential;
  /** Undefined if it is issued and not there yet. */
  find(service: string, name: string): Credential | undefined;
  /**
   * Stores an issued credential for good before it resolves: mode 0600, whole or not at all, synced to the disk. Replaces
   * one that was kept before.
   */
  keep(service: string, name: string, secret: string): Promise<Credential>;
}

/**
 * Whether the volumes of a service cannot be opened any more. `has` tells whether a credential exists. That an issued one is
 * missing, only its server can tell from one that it has not issued yet.
 */
export function isKeyLost(credentials: readonly CredentialSpec[], has: (name: string) => boolean): boolean {
  const generated = credentials.filter(({ issued }) => !issued);
  const keys = generated.filter(({ key }) => key);
  if (keys.length > 0) return keys.some(({ name }) => !has(name));
  return generated.length > 0 && generated.every(({ name }) => !has(name));
}
