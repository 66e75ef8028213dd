import { createHash, createHmac } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configureServices } from "../../stack/core/desire/desire.ts";
import { loadCredentials, readCredentials, saltedDigest, scramVerifier } from "../../stack/records/secrets.ts";
import { runCommand } from "../../stack/host/run.ts";
import { registry } from "../../stack/services/index.ts";
import { scriptCommand } from "../support/core/script.ts";
import { profileOf } from "../support/core/stack.ts";
import { makePipe } from "../support/host/pipe.ts";

const services = configureServices(profileOf({ services: { postgres: {}, redis: {} } }), registry);
const ALL = ["postgres.admin", "postgres.app", "postgres.bench", "redis.admin", "redis.app", "redis.bench"];
const LOADER = fileURLToPath(new URL("../support/core/load-credentials.ts", import.meta.url));

let root = "";
let folder = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "plumbline-secrets-"));
  folder = join(root, "stack", "secrets");
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Loads the credentials of a folder in a process of its own. */
const load = (into: string) => runCommand([...scriptCommand(LOADER), into], { timeoutMs: 60_000 });
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
const passwordOf = async (id: string) => readFile(join(folder, id), "utf8");

describe("credentials", () => {
  test("must be one file each that only their owner can read, in a folder that only their owner can enter", async () => {
    const { generated } = await loadCredentials(folder, services);
    expect(generated).toEqual(ALL);
    expect((await readdir(folder)).toSorted()).toEqual(ALL);
    expect(await modeOf(folder)).toBe(0o700);
    for (const id of ALL) expect(await modeOf(join(folder, id))).toBe(0o600);
  });

  test("must be closed again where somebody opened them", async () => {
    await loadCredentials(folder, services);
    await chmod(folder, 0o755);
    await chmod(join(folder, "redis.app"), 0o644);
    await loadCredentials(folder, services);
    expect([await modeOf(folder), await modeOf(join(folder, "redis.app"))]).toEqual([0o700, 0o600]);
  });

  test("must all differ, and need no escape in a URL, a shell or a conf file", async () => {
    await loadCredentials(folder, services);
    const passwords = await Promise.all(ALL.map(passwordOf));
    expect(new Set(passwords).size).toBe(ALL.length);
    for (const password of passwords) expect(password).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  test("must be the same the next time, and nothing is generated", async () => {
    const first = await loadCredentials(folder, services);
    const second = await loadCredentials(folder, services);
    expect(second.generated).toEqual([]);
    for (const id of ALL) {
      const [service = "", name = ""] = id.split(".");
      expect(second.credentials(service, name)).toEqual(first.credentials(service, name));
    }
  });

  test("must be a person's own where there is a file already, also with a line end", async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "redis.app"), "my own\n");
    const { credentials, generated } = await loadCredentials(folder, services);
    expect(credentials("redis", "app").password).toBe("my own");
    expect(generated).not.toContain("redis.app");
    expect(await passwordOf("redis.app")).toBe("my own\n");
  });

  test("must be generated anew where the file holds nothing", async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "redis.app"), "");
    const { credentials, generated } = await loadCredentials(folder, services);
    expect(generated).toContain("redis.app");
    expect(await passwordOf("redis.app")).toBe(credentials("redis", "app").password);
    expect(await modeOf(join(folder, "redis.app"))).toBe(0o600);
  });

  test("must not be replaced where the file cannot be read: the servers know the password in it", async () => {
    await mkdir(join(folder, "redis.app"), { recursive: true });
    await expect(loadCredentials(folder, services)).rejects.toMatchObject({ code: "FILE_NOT_OURS" });
    expect((await stat(join(folder, "redis.app"))).isDirectory()).toBe(true);
  });

  test("must be refused at once where a named pipe has its place, for commands that only look too", async () => {
    await mkdir(folder, { recursive: true });
    makePipe(join(folder, "redis.app"));
    for (const read of [loadCredentials, readCredentials]) {
      await expect(read(folder, services)).rejects.toMatchObject({ code: "FILE_NOT_OURS" });
      await expect(read(folder, services)).rejects.toThrow("a named pipe");
    }
  });

  test("must be generated once what has its place is removed, as the refusal says", async () => {
    await mkdir(join(folder, "redis.app"), { recursive: true });
    await expect(loadCredentials(folder, services)).rejects.toMatchObject({
      fix: "Put an ordinary file with the secret in its place, or remove it if nothing was made with it yet",
    });
    await rm(join(folder, "redis.app"), { recursive: true });
    const { generated } = await loadCredentials(folder, services);
    expect(generated).toContain("redis.app");
  });

  test("must be refused where a link has its place, and what the link points at keep its mode", async () => {
    await mkdir(folder, { recursive: true });
    const other = join(root, "other");
    await writeFile(other, "not a password");
    await chmod(other, 0o644);
    await symlink(other, join(folder, "redis.app"));
    await expect(loadCredentials(folder, services)).rejects.toMatchObject({ code: "FILE_NOT_OURS" });
    await expect(loadCredentials(folder, services)).rejects.toThrow("a symbolic link");
    expect(await modeOf(other)).toBe(0o644);
  });

  test("must be closed in whatever umask they are made", async () => {
    const before = process.umask(0);
    try {
      await loadCredentials(folder, services);
    } finally {
      process.umask(before);
    }
    expect([await modeOf(folder), await modeOf(join(root, "stack")), await modeOf(join(folder, "redis.app"))]).toEqual([
      0o700, 0o700, 0o600,
    ]);
  });

  test("must be the same for processes that make them at the same time", async () => {
    await load(join(root, "elsewhere")); // makes the bundle that the others start from
    const runs = Array.from({ length: 4 }, () => load(folder));
    const outputs = (await Promise.all(runs)).map(({ stdout, stderr }) => stdout || stderr);
    const expected = JSON.stringify(
      Object.fromEntries(await Promise.all(ALL.map(async (id) => [id, await passwordOf(id)]))),
    );
    expect(outputs).toEqual(outputs.map(() => expected));
    expect((await readdir(folder)).toSorted()).toEqual(ALL);
  }, 60_000);

  test("must be looked up by service and name, and asking for another is a defect", async () => {
    const { credentials } = await loadCredentials(folder, services);
    expect(credentials("postgres", "admin").user).toBe("postgres");
    expect(() => credentials("postgres", "root")).toThrow(
      "no service of this stack declares the credential postgres.root",
    );
  });
});

describe("credentials that are only looked at", () => {
  test("must not be generated, and those that are missing open no door", async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "redis.app"), "known");
    const { credentials, missing } = await readCredentials(folder, services);
    expect(missing).toEqual(ALL.filter((id) => id !== "redis.app"));
    expect(credentials("redis", "app").password).toBe("known");
    expect(await readdir(folder)).toEqual(["redis.app"]);
  });

  test("must be none where the stack was never there, and no folder is made", async () => {
    expect((await readCredentials(folder, services)).missing).toEqual(ALL);
    expect(await readdir(root)).toEqual([]);
  });
});

describe("credentials that a server issues", () => {
  const vault = [
    {
      name: "vault",
      credentials: [
        { name: "app", user: "app" },
        { name: "root", user: "root", issued: true },
      ],
    },
  ] as const;

  test("must not be generated, nor be missing before they were issued", async () => {
    const { credentials, generated } = await loadCredentials(folder, vault);
    expect(generated).toEqual(["vault.app"]);
    expect(credentials.find("vault", "root")).toBeUndefined();
    expect(() => credentials("vault", "root")).toThrow("the credential vault.root was not issued yet");
    expect((await readCredentials(folder, vault)).missing).toEqual([]);
  });

  test("must be on the disk when they are kept, closed to others, and be found from then on", async () => {
    const { credentials } = await loadCredentials(folder, vault);
    const kept = await credentials.keep("vault", "root", "s.1234");
    expect(kept).toMatchObject({ user: "root", password: "s.1234" });
    expect(await passwordOf("vault.root")).toBe("s.1234");
    expect(await modeOf(join(folder, "vault.root"))).toBe(0o600);
    expect(credentials("vault", "root")).toBe(kept);
    expect((await loadCredentials(folder, vault)).credentials("vault", "root").password).toBe("s.1234");
    expect((await readdir(folder)).toSorted()).toEqual(["vault.app", "vault.root"]);
  });

  test("must replace what was kept before, whole", async () => {
    const { credentials } = await loadCredentials(folder, vault);
    await credentials.keep("vault", "root", "the first, which is longer");
    await credentials.keep("vault", "root", "second");
    expect(await passwordOf("vault.root")).toBe("second");
    expect(credentials("vault", "root").password).toBe("second");
  });

  test("must also be kept by a command that only reads the others", async () => {
    const { credentials } = await readCredentials(folder, vault);
    await credentials.keep("vault", "root", "s.1234");
    expect(await modeOf(folder)).toBe(0o700);
    expect(await readdir(folder)).toEqual(["vault.root"]);
  });

  test("must be declared as such: keeping another one is a defect", async () => {
    const { credentials } = await loadCredentials(folder, vault);
    await expect(credentials.keep("vault", "app", "x")).rejects.toThrow("vault.app is generated, and not issued");
    await expect(credentials.keep("vault", "other", "x")).rejects.toThrow("declares the credential vault.other");
  });
});

describe("the forms that servers store", () => {
  // RFC 7677, section 3: user "user", password "pencil".
  const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
  const verifier = scramVerifier("pencil", salt);
  const clientFirst = "n=user,r=rOprNGfwEbeRWgbNEkqO";
  const serverFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  const clientFinal = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  const exchange = [clientFirst, serverFirst, clientFinal].join();
  const [storedKey = "", serverKey = ""] = (verifier.split("$")[2] ?? "").split(":");

  test("must be written as PostgreSQL does", () => {
    expect(verifier).toMatch(/^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/);
  });

  test("must let the server sign the RFC's exchange as the RFC says", () => {
    const signature = createHmac("sha256", Buffer.from(serverKey, "base64")).update(exchange).digest("base64");
    expect(signature).toBe("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  });

  test("must accept the proof of the RFC's client", () => {
    const stored = Buffer.from(storedKey, "base64");
    const signature = createHmac("sha256", stored).update(exchange).digest();
    const proof = Buffer.from("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "base64");
    const clientKey = proof.map((byte, index) => byte ^ (signature[index] ?? 0));
    expect(createHash("sha256").update(clientKey).digest()).toEqual(stored);
  });

  test("must be RabbitMQ's own example for its salted hash", () => {
    // https://www.rabbitmq.com/docs/passwords#computing-password-hash
    expect(saltedDigest("test12", Buffer.from("908DC60A", "hex"))).toBe(
      "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR",
    );
  });

  test("must follow from the password alone, so that conf files do not change from run to run", async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "redis.app"), "test");
    const { credentials } = await loadCredentials(folder, services);
    const { sha256, scramSha256, saltedSha256 } = credentials("redis", "app");
    expect(sha256).toBe("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
    const again = (await loadCredentials(folder, services)).credentials("redis", "app");
    expect([again.scramSha256, again.saltedSha256]).toEqual([scramSha256, saltedSha256]);
    const scramSalt = Buffer.from(/4096:([^$]+)\$/.exec(scramSha256)?.[1] ?? "", "base64");
    expect(scramSalt).toHaveLength(16);
    expect(scramVerifier("test", scramSalt)).toBe(scramSha256);
    expect(saltedDigest("test", Buffer.from(saltedSha256, "base64").subarray(0, 4))).toBe(saltedSha256);
  });
});
