/** Credentials of a stack: generated once, one file each of mode 0600 in a folder of mode 0700. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, PlumblineError } from "../core/errors.ts";
import type { ConfiguredService, Credential, Credentials } from "../core/service/service.ts";

/** 24 random bytes: 32 characters without any that a URL or a shell would have to escape. */
const PASSWORD_BYTES = 24;

/** PostgreSQL's default, scram_iterations; more buys nothing against a guess of 192 random bits. */
const SCRAM_ITERATIONS = 4096;

/**
 * Reads the credentials that the services declare and generates those that do not exist yet. `generated` names the
 * new ones; an existing file is never overwritten, also not by a second process at the same time.
 */
export async function loadCredentials(
  folder: string,
  services: readonly ConfiguredService[],
): Promise<{ readonly credentials: Credentials; readonly generated: readonly string[] }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const known = new Map<string, Credential>();
  const generated: string[] = [];
  for (const { name: service, credentials } of services) {
    for (const { name, user } of credentials) {
      const id = `${service}.${name}`;
      const path = join(folder, id);
      const existing = await readPassword(path);
      if (existing === undefined) generated.push(id);
      else await chmod(path, 0o600);
      known.set(id, derive(user, existing ?? (await generate(path))));
    }
  }
  return { credentials: lookUp(known), generated };
}

/**
 * Reads the credentials that exist and generates none. `missing` names the others: their place is taken by one that
 * holds no secret and opens no door, so that a stack can be planned before it was ever brought up.
 */
export async function readCredentials(
  folder: string,
  services: readonly ConfiguredService[],
): Promise<{ readonly credentials: Credentials; readonly missing: readonly string[] }> {
  const known = new Map<string, Credential>();
  const missing: string[] = [];
  for (const { name: service, credentials } of services) {
    for (const { name, user } of credentials) {
      const id = `${service}.${name}`;
      const existing = await readPassword(join(folder, id));
      if (existing === undefined) missing.push(id);
      known.set(id, derive(user, existing ?? "not generated yet"));
    }
  }
  return { credentials: lookUp(known), missing };
}

function lookUp(known: ReadonlyMap<string, Credential>): Credentials {
  return (service, name) => {
    const credential = known.get(`${service}.${name}`);
    if (!credential) throw new Error(`no service of this stack declares the credential ${service}.${name}`);
    return credential;
  };
}

/**
 * Undefined where there is none; an empty file holds none either. Rejects with FILE_NOT_OURS for one that cannot be read:
 * a new password in its place would lock everybody out of the servers that know the old one.
 */
async function readPassword(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, "utf8")).trim();
    return text === "" ? undefined : text;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new PlumblineError("FILE_NOT_OURS", {
      what: `The credential ${path} cannot be read`,
      why: messageOf(error),
      fix: "Run the command as the user who owns it",
      cause: error,
    });
  }
}

/** Written beside and linked into place, so that a file is either absent or whole, and the first writer wins. */
async function generate(path: string): Promise<string> {
  const password = randomBytes(PASSWORD_BYTES).toString("base64url");
  const temporary = `${path}.${randomBytes(4).toString("hex")}`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(password);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(temporary, path);
  } catch {
    const winner = await readPassword(path);
    if (winner !== undefined) return winner;
    await rm(path, { force: true });
    await link(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return password;
}

/** Salts follow from the password, so that the same credential always gives the same conf file. */
function derive(user: string, password: string): Credential {
  const salt = (purpose: string, length: number) =>
    createHmac("sha256", password).update(`${purpose}:${user}`).digest().subarray(0, length);
  let verifier: string | undefined;
  return {
    user,
    password,
    // Slow on purpose, 1.5 ms: only the services that store this form pay for it.
    get scramSha256() {
      verifier ??= scramVerifier(password, salt("scram", 16));
      return verifier;
    },
    sha256: createHash("sha256").update(password).digest("hex"),
    saltedSha256: saltedDigest(password, salt("rabbit", 4)),
  };
}

/** RFC 5802 and 7677, in the form that PostgreSQL stores in pg_authid.rolpassword. */
export function scramVerifier(password: string, salt: Buffer): string {
  const saltedPassword = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, "sha256");
  const clientKey = createHmac("sha256", saltedPassword).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", saltedPassword).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

/** Base64 of salt ‖ SHA-256(salt ‖ password), the hashing algorithm rabbit_password_hashing_sha256. */
export function saltedDigest(password: string, salt: Buffer): string {
  const digest = createHash("sha256").update(salt).update(password).digest();
  return Buffer.concat([salt, digest]).toString("base64");
}
