/** Makes authorities and the certificates that they sign: ECDSA on P-256, as PEM. */
import { createHash, randomBytes, webcrypto, X509Certificate } from "node:crypto";

/** A certificate and its private key, as PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export const DAY_MS = 24 * 3_600_000;
/** An authority is not renewed: with another one, all its certificates change. */
const AUTHORITY_DAYS = 3650;
const CERTIFICATE_DAYS = 365;
/** Clocks of virtual machines fall behind while their computer sleeps. */
const BACKDATED_DAYS = 1;

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** `name`: for people who look at the certificate. */
export async function issueAuthority(name: string, now: Date): Promise<Pair> {
  const x509 = await library();
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...frame(name, now, AUTHORITY_DAYS),
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pairOf(certificate.toString("pem"), keys.privateKey);
}

/** Both ends of a connection may show the certificate: it is for servers and for clients. */
export async function issueCertificate(name: string, authority: Pair, now: Date): Promise<Pair> {
  const x509 = await library();
  const keys = await generateKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const { subject, publicKey } = issuer;
  const frameOf = frame(name, now, CERTIFICATE_DAYS);
  const certificate = await x509.X509CertificateGenerator.create({
    ...frameOf,
    subject: frameOf.name,
    issuer: subject,
    notAfter: new Date(Math.min(frameOf.notAfter.getTime(), issuer.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(await publicKey.export()),
    ],
  });
  return pairOf(certificate.toString("pem"), keys.privateKey);
}

/** Returns the part of the file names that tells one certificate from another: 12 digits of its SHA-256. */
export function generationOf(certificate: string): string {
  return createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex").slice(0, 12);
}

/** Loaded only to issue: it takes 0.4 s. It finds its parts by reflection. */
async function library() {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

function frame(name: string, now: Date, days: number) {
  return {
    name: `CN=${name}`,
    // A positive number of 16 bytes (RFC 5280, 4.1.2.2).
    serialNumber: `01${randomBytes(15).toString("hex")}`,
    notBefore: new Date(now.getTime() - BACKDATED_DAYS * DAY_MS),
    notAfter: new Date(now.getTime() + days * DAY_MS),
    signingAlgorithm: ALGORITHM,
  };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64");
  return webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}

async function pairOf(certificate: string, key: webcrypto.CryptoKey): Promise<Pair> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  const lines = der.match(/.{1,64}/g)?.join("\n") ?? "";
  return { certificate: `${certificate}\n`, key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n` };
}
