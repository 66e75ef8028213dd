/** Credentials for live tests, in every form that a server may store. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import type { ConfiguredService } from "../../../stack/core/service/service.ts";
import type { Credential, Credentials } from "../../../stack/core/service/credential.ts";

/** New credentials for everything that the services declare. */
export function generateCredentials(services: readonly ConfiguredService[]): ReadonlyMap<string, Credential> {
  const made = new Map<string, Credential>();
  for (const service of services) {
    for (const { name, user } of service.credentials) made.set(`${service.name}.${name}`, generate(user));
  }
  return made;
}

export function lookUp(made: ReadonlyMap<string, Credential>): Credentials {
  return (service, name) => {
    const credential = made.get(`${service}.${name}`);
    if (!credential) throw new Error(`no service of this test declares the credential ${service}.${name}`);
    return credential;
  };
}

function generate(user: string): Credential {
  const password = randomBytes(24).toString("base64url");
  const salt = randomBytes(4);
  const salted = createHash("sha256").update(salt).update(password).digest();
  return {
    user,
    password,
    scramSha256: scramVerifier(password),
    sha256: createHash("sha256").update(password).digest("hex"),
    saltedSha256: Buffer.concat([salt, salted]).toString("base64"),
  };
}

/** RFC 5802 with SHA-256, in the spelling of PostgreSQL's pg_authid.rolpassword. */
function scramVerifier(password: string): string {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
