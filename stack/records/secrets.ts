/** Credentials of a stack: generated once or issued by a server, one file each of mode 0600 in a folder of mode 0700. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { link, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, PlumblineError } from "../core/errors.ts";
import type { ConfiguredService } from "../core/service/service.ts";
import type { Credential, CredentialSpec, CredentialStore } from "../core/service/credential.ts";
import { fileError } from "../host/file-error.ts";
import { makePrivateFolder } from "../host/folders.ts";
import { openRegular } from "../host/regular-file.ts";

/** 24 random bytes: 32 characters that neither a URL nor a shell needs to escape. */
const PASSWORD_BYTES = 24;

/** PostgreSQL's default for scram_iterations; more adds nothing against guessing 192 random bits. */
const SCRAM_ITERATIONS = 4096;

type Declaring = Pick<ConfiguredService, "name" | "credentials">;

/**
 * Reads the credentials that the services declare, and generates the missing ones. `generated` names the new ones.
 * Existing files are never overwritten, also not by two processes at once. Credentials issued by a server are read from
 * where they were kept; only their servers create them.
 */
export async function loadCredentials(
  folder: string,
  services: readonly Declaring[],
): Promise<{ readonly credentials: CredentialStore; readonly generated: readonly string[] }> {
  await openFolder(folder);
  const known = new Map<string, Credential>();
  const generated: string[] = [];
  for (const { id, user, issued } of idsOf(services)) {
    const path = join(folder, id);
    const existing = await readSecret(path, { close: true });
    if (existing === undefined && issued) continue;
    if (existing === undefined) generated.push(id);
    known.set(id, derive(user, existing ?? (await generate(path))));
  }
  return { credentials: storeOf(folder, services, known), generated };
}

/**
 * Reads the existing credentials and generates none. `missing` names the others; each is returned as a placeholder that
 * holds no secret and opens nothing, so that a stack can be planned before its first start.
 */
export async function readCredentials(
  folder: string,
  services: readonly Declaring[],
): Promise<{ readonly credentials: CredentialStore; readonly missing: readonly string[] }> {
  const known = new Map<string, Credential>();
  const missing: string[] = [];
  for (const { id, user, issued } of idsOf(services)) {
    const existing = await readSecret(join(folder, id));
    if (existing === undefined && issued) continue;
    if (existing === undefined) missing.push(id);
    known.set(id, derive(user, existing ?? "not generated yet"));
  }
  return { credentials: storeOf(folder, services, known), missing };
}

interface Identified extends CredentialSpec {
  /** "<service>.<name>", which is also the name of its file. */
  readonly id: string;
}

function idsOf(services: readonly Declaring[]): readonly Identified[] {
  return services.flatMap(({ name: service, credentials }) =>
    credentials.map((spec) => ({ ...spec, id: `${service}.${spec.name}` })),
  );
}

function storeOf(folder: string, services: readonly Declaring[], known: Map<string, Credential>): CredentialStore {
  const declared = new Map(idsOf(services).map((spec) => [spec.id, spec]));
  const declaredAs = (id: string): Identified => {
    const spec = declared.get(id);
    if (!spec) throw new Error(`no service of this stack declares the credential ${id}`);
    return spec;
  };
  const find = (service: string, name: string) => known.get(declaredAs(`${service}.${name}`).id);
  const lookUp = (service: string, name: string): Credential => {
    const credential = find(service, name);
    if (!credential) throw new Error(`the credential ${service}.${name} was not issued yet`);
    return credential;
  };
  const keep = async (service: string, name: string, secret: string): Promise<Credential> => {
    const { id, user, issued } = declaredAs(`${service}.${name}`);
    if (!issued) throw new Error(`the credential ${id} is generated, and not issued`);
    await openFolder(folder);
    await keepSecret(join(folder, id), secret);
    const credential = derive(user, secret);
    known.set(id, credential);
    return credential;
  };
  return Object.assign(lookUp, { find, keep });
}

async function openFolder(folder: string): Promise<void> {
  try {
    await makePrivateFolder(folder);
  } catch (error) {
    throw fileError(folder, error);
  }
}

const FILE_MODE = 0o600;
/** Far more than any password or key. */
const SECRET_MAX_BYTES = 64 * 1024;

/**
 * Returns undefined if the file is absent or empty. Rejects with FILE_NOT_OURS if it cannot be read, or is no ordinary
 * file: a new password would lock everybody out of the servers that know the old one. `close`: sets its mode, too.
 */
async function readSecret(path: string, { close = false } = {}): Promise<string | undefined> {
  try {
    const file = await openRegular(path, { follow: false, maxBytes: SECRET_MAX_BYTES });
    try {
      if (close) await file.chmod(FILE_MODE);
      const text = (await file.readFile("utf8")).trim();
      return text === "" ? undefined : text;
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return undefined;
    throw new PlumblineError("FILE_NOT_OURS", {
      what: `The credential ${path} cannot be read`,
      why: messageOf(error),
      fix: OF_ANOTHER.has(code)
        ? "Run the command as the user who owns it"
        : "Put an ordinary file with the secret in its place, or remove it if nothing was made with it yet",
      cause: error,
    });
  }
}

const OF_ANOTHER: ReadonlySet<unknown> = new Set(["EACCES", "EPERM"]);

/**
 * Writes the file beside its place and links it, so that it is either absent or complete, and the first writer wins.
 */
async function generate(path: string): Promise<string> {
  const password = randomBytes(PASSWORD_BYTES).toString("base64url");
  const temporary = await writeBeside(path, password);
  try {
    await link(temporary, path);
  } catch {
    const winner = await readSecret(path);
    if (winner !== undefined) return winner;
    await rm(path, { force: true });
    await link(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return password;
}

/** Writes the file beside its place and renames it. Syncs the folder too, or a crash could undo the renaming. */
async function keepSecret(path: string, secret: string): Promise<void> {
  const temporary = await writeBeside(path, secret);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Writes a new file of mode 0600, synced to the disk, and returns its path. */
async function writeBeside(path: string, secret: string): Promise<string> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}`;
  const file = await open(temporary, "wx", FILE_MODE);
  try {
    await file.writeFile(secret);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

/** Derives salts from the password, so that the same credential always gives the same conf file. */
function derive(user: string, password: string): Credential {
  const salt = (purpose: string, length: number) =>
    createHmac("sha256", password).update(`${purpose}:${user}`).digest().subarray(0, length);
  let verifier: string | undefined;
  return {
    user,
    password,
    // Slow by design, 1.5 ms: computed only for services that store this form.
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
