import { X509Certificate } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer, connect, type TLSSocket } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { CERTIFICATES_MOUNT } from "../../../stack/core/service/certificate.ts";
import { DAY_MS } from "../../../stack/records/certificates/issue.ts";
import { loadCertificates, readCertificates } from "../../../stack/records/certificates/store.ts";

const SERVICES = [{ name: "store", certificates: [{ name: "bus", authority: "store-bus", settings: () => [] }] }];
const START = new Date("2026-03-01T12:00:00Z");
const after = (days: number) => new Date(START.getTime() + days * DAY_MS);

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-certificates-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const load = (now = START, where = folder) => loadCertificates(SERVICES, { folder: where, now });
const read = (now = START) => readCertificates(SERVICES, { folder, now });
const filesOf = ({ store }: Awaited<ReturnType<typeof load>>) => store("store", "bus");
const onHost = (path: string, where = folder) => path.replace(CERTIFICATES_MOUNT, join(where, "store"));
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
const authorityOf = (kind: "crt" | "key") => join(folder, "authorities", `store-bus.${kind}`);

test("a certificate must be issued once, and be the same for every later run", async () => {
  const first = await load();
  expect(first.notes).toEqual([]);
  expect(filesOf(await load(after(200)))).toEqual(filesOf(first));
  expect(await read(after(200))).toMatchObject({ notes: [] });
  expect(filesOf(await read(after(200)))).toEqual(filesOf(first));
});

test("keys of authorities must be the owner's alone; what servers read lies behind a folder that only the owner enters", async () => {
  const { certificate, key, authority } = filesOf(await load());
  expect([await modeOf(folder), await modeOf(join(folder, "authorities"))]).toEqual([0o700, 0o700]);
  expect([await modeOf(authorityOf("key")), await modeOf(authorityOf("crt"))]).toEqual([0o600, 0o600]);
  expect(await modeOf(join(folder, "store"))).toBe(0o755);
  for (const path of [certificate, key, authority]) expect(await modeOf(onHost(path))).toBe(0o444);
  expect(await readFile(onHost(authority), "utf8")).toBe(await readFile(authorityOf("crt"), "utf8"));
});

test("the certificate must be for both ends of a connection, sign nothing itself, and its authority sign nothing but such", async () => {
  const { certificate, authority } = filesOf(await load());
  const [leaf, issuer] = [certificate, authority].map((path) => onHost(path));
  const shown = new X509Certificate(await readFile(leaf ?? ""));
  expect([shown.ca, shown.keyUsage]).toEqual([false, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]]);
  expect(new X509Certificate(await readFile(issuer ?? "")).ca).toBe(true);
  expect(shown.serialNumber.length).toBe(32);
});

const certificatesOf = async (where: string) => {
  const { certificate, key, authority } = filesOf(await load(new Date(), where));
  const [cert, secret, ca] = [certificate, key, authority].map((path) => readFile(onHost(path, where)));
  return { cert: await cert, key: await secret, ca: await ca };
};

/** Both ends show a certificate; resolves what the client or the server says of it. */
async function handshake(server: string, client: string): Promise<string> {
  const listener = createServer({ ...(await certificatesOf(server)), requestCert: true, rejectUnauthorized: true });
  const refused = new Promise<string>((resolve) => {
    listener.once("tlsClientError", (error) => resolve(`server: ${error.message}`));
    listener.once("secureConnection", (socket: TLSSocket) => resolve(socket.authorized ? "accepted" : "anonymous"));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  // As Redis does it: the chain alone counts.
  const socket = connect({
    host: "127.0.0.1",
    port,
    ...(await certificatesOf(client)),
    checkServerIdentity: () => undefined,
  });
  const failed = new Promise<string>((resolve) =>
    socket.once("error", (error: Error) => resolve(`client: ${error.message}`)),
  );
  try {
    return await Promise.race([refused, failed]);
  } finally {
    socket.destroy();
    listener.close();
  }
}

test("two nodes of a stack must accept each other, and refuse one with a certificate of another stack", async () => {
  const other = await mkdtemp(join(tmpdir(), "plumbline-other-"));
  try {
    expect(await handshake(folder, folder)).toBe("accepted");
    expect(await handshake(folder, other)).toMatch(/^(client|server): .*(certificate|verif)/i);
    expect(await handshake(other, folder)).toMatch(/^(client|server): .*(certificate|verif)/i);
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});

describe("a certificate must be issued anew, with the cause, and be told before,", () => {
  const cases: readonly (readonly [string, () => Promise<unknown>, Date, string])[] = [
    ["in the last third of its time", async () => {}, after(300), "it expires on 2027-03-01"],
    ["once it has expired", async () => {}, after(400), "it expired on 2027-03-01"],
    ["if its key was lost", async () => rm(onHost(filesOf(await load()).key)), START, "its key is gone"],
    [
      "if another one's key lies in its place",
      async () => {
        const { key } = filesOf(await load());
        await rm(onHost(key));
        await writeFile(onHost(key), await readFile(authorityOf("key")));
      },
      START,
      "its key is that of another certificate",
    ],
    [
      "if its file was damaged",
      async () => {
        const { certificate } = filesOf(await load());
        await chmod(onHost(certificate), 0o600);
        await writeFile(onHost(certificate), "-----BEGIN CERTIFICATE-----\nnothing\n");
      },
      START,
      "its file cannot be read: ",
    ],
    [
      "if the certificate of its authority is gone",
      async () => rm(onHost(filesOf(await load()).authority)),
      START,
      "the certificate of its authority is gone or was changed",
    ],
  ];
  test.each(cases)("%s", async (_, harm, now, cause) => {
    await load();
    await harm();
    const planned = await read(now);
    expect(planned.notes).toEqual([expect.stringContaining(`issues the certificate bus of store anew: ${cause}`)]);
    const again = await load(now);
    expect(again.notes).toEqual([expect.stringContaining(`issued the certificate bus of store anew: ${cause}`)]);
    expect(await load(now)).toMatchObject({ notes: [] });
    expect(filesOf(await read(now))).toEqual(filesOf(await load(now)));
  });

  test("if its authority was lost, together with the authority", async () => {
    const first = filesOf(await load());
    await rm(authorityOf("key"));
    const again = await load();
    expect(again.notes).toEqual([
      "made the authority store-bus anew: its key was gone",
      "issued the certificate bus of store anew: another authority has signed it",
    ]);
    expect(filesOf(again).authority).not.toBe(first.authority);
  });

  test("if it was signed by another authority", async () => {
    const other = await mkdtemp(join(tmpdir(), "plumbline-other-"));
    await load();
    await load(START, other);
    for (const kind of ["crt", "key"] as const)
      await writeFile(authorityOf(kind), await readFile(join(other, "authorities", `store-bus.${kind}`)));
    expect((await load()).notes[0]).toContain("another authority has signed it");
    await rm(other, { recursive: true, force: true });
  });
});

test("a renewed certificate must leave the one that running servers still have, and no older one", async () => {
  const ages = [0, 300, 600].map(after);
  const names: string[] = [];
  for (const now of ages)
    names.push(
      filesOf(await load(now))
        .certificate.split("/")
        .at(-1) ?? "",
    );
  expect(new Set(names).size).toBe(3);
  const there = (await readdir(join(folder, "store"))).filter((name) => /^bus\..*\.crt$/.test(name));
  expect(there.toSorted()).toEqual(names.slice(1).toSorted());
});

test("a plan must change nothing: what is not issued yet has a name that no server reports", async () => {
  expect(filesOf(await read()).certificate).toBe(`${CERTIFICATES_MOUNT}/bus.new.crt`);
  expect(await readdir(folder)).toEqual([]);
});

test("a clock before the time of the authority must be refused, with what to do", async () => {
  await load();
  const error: unknown = await load(after(-400)).catch((reason: unknown) => reason);
  if (!(error instanceof PlumblineError)) throw new Error("the clock was believed");
  expect(error.code).toBe("CERTIFICATE_UNUSABLE");
  expect(error.why).toContain("it is valid from 2026-02-28 on, and the clock shows 2025-01-25");
  expect(error.fix).toMatch(/^Set the clock .*store-bus\.crt and .*store-bus\.key/);
  expect(await load(after(-0.9))).toMatchObject({ notes: [] });
});

test("an authority of a wrong clock must be made anew once its two files are removed, as the refusal says", async () => {
  const wrong = filesOf(await load());
  const error: unknown = await load(after(-400)).catch((reason: unknown) => reason);
  if (!(error instanceof PlumblineError)) throw new Error("the clock was believed");
  const named = [authorityOf("crt"), authorityOf("key")];
  expect(named.filter((path) => !error.fix.includes(path))).toEqual([]);
  for (const path of named) await rm(path);
  const right = filesOf(await load(after(-400)));
  expect(right.certificate).not.toBe(wrong.certificate);
  expect(filesOf(await load(after(-399)))).toEqual(right);
});

test("a link in the place of the folder must be refused: the files behind it are a person's", async () => {
  const other = await mkdtemp(join(tmpdir(), "plumbline-other-"));
  await symlink(other, join(folder, "authorities"));
  await expect(load()).rejects.toMatchObject({ code: "FILE_NOT_OURS" });
  expect(await readdir(other)).toEqual([]);
  await rm(other, { recursive: true, force: true });
});
