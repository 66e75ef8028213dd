/** Credentials: how a service declares them, what servers store of them, and how they are looked up. */

export interface CredentialSpec {
  /** "admin", "app", "bench". */
  readonly name: string;
  readonly user: string;
  /** The server creates it: `prepare` passes it to `keep`. Otherwise it is generated before anything starts. */
  readonly issued?: true;
  /**
   * The key to the service's volumes. If it exists, `up` can generate every other credential anew; if data exist
   * without it, the data are lost. A service without such a key has lost its data if all its generated credentials are
   * gone.
   */
  readonly key?: true;
}

/** A credential with its secret, and the derived forms that servers store instead of the secret. */
export interface Credential {
  readonly user: string;
  readonly password: string;
  /** Stored form of PostgreSQL and PgBouncer: SCRAM-SHA-256$4096:salt$StoredKey:ServerKey. */
  readonly scramSha256: string;
  /** Lower-case hex of SHA-256, as in Redis ACL files. */
  readonly sha256: string;
  /** Base64 of salt + SHA-256(salt + password), as in RabbitMQ's rabbit_password_hashing_sha256. */
  readonly saltedSha256: string;
}

/**
 * Looks up a credential by service and name. Throws if the credential is neither the asking service's own nor shared
 * with it, which is a defect, and if it is issued by a server and does not exist yet.
 */
export type Credentials = (service: string, name: string) => Credential;

/** All credentials of a stack. Servers add the ones that they issue. */
export interface CredentialStore {
  (service: string, name: string): Credential;
  /** Returns undefined for an issued credential that does not exist yet. */
  find(service: string, name: string): Credential | undefined;
  /**
   * Stores an issued credential, replacing an earlier one. Resolves when it is on disk: mode 0600, written atomically,
   * synced.
   */
  keep(service: string, name: string, secret: string): Promise<Credential>;
}

/**
 * Returns whether the volumes of a service can no longer be opened. `has` returns whether a credential exists. Issued
 * credentials are ignored: only the server knows whether it has issued one.
 */
export function isKeyLost(credentials: readonly CredentialSpec[], has: (name: string) => boolean): boolean {
  const generated = credentials.filter(({ issued }) => !issued);
  const keys = generated.filter(({ key }) => key);
  if (keys.length > 0) return keys.some(({ name }) => !has(name));
  return generated.length > 0 && generated.every(({ name }) => !has(name));
}
