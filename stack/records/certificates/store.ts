/**
 * The certificates of a stack, in a folder of mode 0700. Authorities with their keys are of mode 0600 and are never
 * mounted. What servers read is in one folder per service, which is mounted, readable by every user of the container.
 */
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PlumblineError } from "../../core/errors.ts";
import {
  certificateFile,
  certificateFiles,
  keyFile,
  TO_BE_ISSUED,
  type CertificateNames,
  type CertificateSpec,
  type CertificateStore,
} from "../../core/service/certificate.ts";
import type { ConfiguredService } from "../../core/service/service.ts";
import { fileError } from "../../host/file-error.ts";
import { makeFolder, makePrivateFolder, OPEN_FOLDER, refuseLink } from "../../host/folders.ts";
import { readTextIfThere } from "../../host/regular-file.ts";
import { replaceFile } from "../../host/replace-file.ts";
import { check, dayOf, type Checked } from "./check.ts";
import { generationOf, issueAuthority, issueCertificate, type Pair } from "./issue.ts";

type Declaring = Pick<ConfiguredService, "name" | "certificates">;

export interface Certificates {
  readonly store: CertificateStore;
  /** What was issued, or is to be issued, each with its cause. */
  readonly notes: readonly string[];
}

export interface Where {
  /** The folder of the certificates of this stack. */
  readonly folder: string;
  readonly now: Date;
}

/** Only the owner reads an authority's key: whoever has it makes certificates. */
const AUTHORITY_MODE = 0o600;
/** The container's user reads it; on the host the folder above denies access. */
const CERTIFICATE_MODE = 0o444;
export const AUTHORITIES = "authorities";

/**
 * Resolves the certificates that the services declare, and issues those that are missing, unusable or soon to expire.
 * Rejects with CERTIFICATE_UNUSABLE if the clock is before the time at which an authority was made, DISK_FULL and
 * FILE_NOT_OURS.
 */
export async function loadCertificates(services: readonly Declaring[], where: Where): Promise<Certificates> {
  return collect(services, async (service, spec) => {
    const { authority, news } = await provideAuthority(spec.authority, where);
    const found = await newest(join(where.folder, service), spec, authority, where.now);
    if (found?.checked.usable && !found.checked.due) return { names: found.names, news };
    const pair = await issueCertificate(`plumbline ${service} ${spec.name}`, authority, where.now);
    const names = { generation: generationOf(pair.certificate), authority: generationOf(authority.certificate) };
    await writePair(join(where.folder, service), spec, { pair, authority, names, before: found?.names });
    const cause = causeOf(found?.checked);
    return {
      names,
      news: [...news, ...(cause ? [`issued the certificate ${spec.name} of ${service} anew: ${cause}`] : [])],
    };
  });
}

/** The same without changing anything: what is missing or unusable has names that no server reports. */
export async function readCertificates(services: readonly Declaring[], where: Where): Promise<Certificates> {
  return collect(services, async (service, spec) => {
    const authority = await readPair(authorityFiles(where, spec.authority));
    const isUsable = authority !== undefined && check(authority, where.now).usable;
    const found = isUsable ? await newest(join(where.folder, service), spec, authority, where.now) : undefined;
    const cause = causeOf(found?.checked);
    const news = cause ? [`\`npm run up\` issues the certificate ${spec.name} of ${service} anew: ${cause}`] : [];
    return { names: found?.checked.usable ? found.names : TO_BE_ISSUED, news };
  });
}

type Provide = (
  service: string,
  spec: CertificateSpec,
) => Promise<{ readonly names: CertificateNames; readonly news: readonly string[] }>;

async function collect(services: readonly Declaring[], provide: Provide): Promise<Certificates> {
  const known = new Map<string, CertificateNames>();
  const notes = new Set<string>();
  for (const { name: service, certificates } of services) {
    for (const spec of certificates) {
      const { names, news } = await provide(service, spec);
      known.set(`${service}.${spec.name}`, names);
      for (const each of news) notes.add(each);
    }
  }
  const store: CertificateStore = (service, name) => {
    const names = known.get(`${service}.${name}`);
    if (!names) throw new Error(`${service} declares no certificate ${name}`);
    return certificateFiles(name, names);
  };
  return { store, notes: [...notes] };
}

/** A first certificate needs no cause. */
function causeOf(checked: Checked | undefined): string | undefined {
  if (!checked) return undefined;
  if (!checked.usable) return checked.why;
  return checked.due ? `it expires on ${dayOf(checked.expires)}` : undefined;
}

interface PairFiles {
  readonly certificate: string;
  readonly key: string;
}

function authorityFiles({ folder }: Where, name: string): PairFiles {
  return { certificate: join(folder, AUTHORITIES, `${name}.crt`), key: join(folder, AUTHORITIES, `${name}.key`) };
}

/** An authority that was lost or has expired is replaced, and so is everything that it had signed. */
async function provideAuthority(name: string, where: Where) {
  const files = authorityFiles(where, name);
  const found = await readPair(files);
  const checked = found && check(found, where.now);
  if (found && checked?.usable) return { authority: found, news: [] };
  if (checked && !checked.usable && checked.why.startsWith("it is valid from")) throw early(files, checked.why);
  const half = found === undefined && (await isThere(files.certificate)) ? "its key was gone" : undefined;
  const cause = checked?.usable === false ? checked.why : half;
  const authority = await issueAuthority(`plumbline ${name} authority`, where.now);
  try {
    await makePrivateFolder(where.folder);
    await refuseLink(dirname(files.key));
    await makePrivateFolder(dirname(files.key));
    await replaceFile(files.key, authority.key, { mode: AUTHORITY_MODE, suffix: "new" });
    await replaceFile(files.certificate, authority.certificate, { mode: AUTHORITY_MODE, suffix: "new" });
  } catch (error) {
    throw fileError(files.key, error);
  }
  return { authority, news: cause ? [`made the authority ${name} anew: ${cause}`] : [] };
}

interface Found {
  readonly names: CertificateNames;
  readonly checked: Checked;
}

/** Resolves the usable certificate that expires last; without one the newest that is there, and why it is not usable. */
async function newest(
  folder: string,
  { name }: CertificateSpec,
  authority: Pair,
  now: Date,
): Promise<Found | undefined> {
  const wanted = generationOf(authority.certificate);
  const names = await readdir(folder).catch((): string[] => []);
  const found: Found[] = [];
  for (const file of names) {
    const [of, generation = "", kind] = file.split(".");
    if (of !== name || kind !== "crt") continue;
    const pair = await readPair({ certificate: join(folder, file), key: join(folder, keyFile(name, generation)) });
    const checked: Checked =
      pair === undefined ? { usable: false, why: "its key is gone" } : checkNamed(pair, generation, { authority, now });
    found.push({ names: { generation, authority: wanted }, checked });
  }
  const beside = await readTextIfThere(join(folder, certificateFile("authority", wanted))).catch(() => undefined);
  const best = found.toSorted((one, other) => expiry(other) - expiry(one))[0];
  if (!best?.checked.usable || beside === authority.certificate) return best;
  return { ...best, checked: { usable: false, why: "the certificate of its authority is gone or was changed" } };
}

function checkNamed(pair: Pair, generation: string, { authority, now }: { authority: Pair; now: Date }): Checked {
  const checked = check(pair, now, authority.certificate);
  if (!checked.usable || generationOf(pair.certificate) === generation) return checked;
  return { usable: false, why: "its file was changed" };
}

function expiry({ checked }: Found): number {
  return checked.usable ? checked.expires.getTime() : 0;
}

interface Issued {
  readonly pair: Pair;
  readonly authority: Pair;
  readonly names: CertificateNames;
  /** Those that running servers still have: a server that starts again before it is told of the new ones reads them. */
  readonly before: CertificateNames | undefined;
}

async function writePair(
  folder: string,
  { name }: CertificateSpec,
  { pair, authority, names, before }: Issued,
): Promise<void> {
  const files = new Map([
    [keyFile(name, names.generation), pair.key],
    [certificateFile(name, names.generation), pair.certificate],
    [certificateFile("authority", names.authority), authority.certificate],
  ]);
  const kept = before ? [keyFile(name, before.generation), certificateFile(name, before.generation)] : [];
  try {
    await makePrivateFolder(dirname(folder));
    await refuseLink(folder);
    await makeFolder(folder, OPEN_FOLDER);
    for (const [file, text] of files)
      await replaceFile(join(folder, file), text, { mode: CERTIFICATE_MODE, suffix: "new" });
    for (const file of await readdir(folder))
      if (file.startsWith(`${name}.`) && !files.has(file) && !kept.includes(file)) await rm(join(folder, file));
  } catch (error) {
    throw fileError(folder, error);
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await readTextIfThere(path).catch(() => undefined)) !== undefined;
}

/** Resolves undefined unless both files are there. */
async function readPair({ certificate, key }: PairFiles): Promise<Pair | undefined> {
  try {
    const [first, second] = [await readTextIfThere(certificate), await readTextIfThere(key)];
    return first === undefined || second === undefined ? undefined : { certificate: first, key: second };
  } catch (error) {
    throw fileError(certificate, error, "read");
  }
}

function early({ certificate, key }: PairFiles, why: string): PlumblineError {
  return new PlumblineError("CERTIFICATE_UNUSABLE", {
    what: "The certificates of this stack cannot be used yet",
    why: `the authority ${certificate} cannot sign: ${why}`,
    fix:
      "Set the clock of this computer. If the clock was wrong when the authority was made, remove " +
      `${certificate} and ${key}, and run \`npm run up\`: it makes them anew.`,
  });
}
