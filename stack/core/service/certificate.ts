/** Certificates: how a service declares which ones its servers need, and where the servers find them. */
import type { Setting } from "./setting.ts";

/** The folder with the certificates of a service, in every container that needs one. */
export const CERTIFICATES_MOUNT = "/run/plumbline/certificates";

/** A certificate with its key, shared by all instances of a service. */
export interface CertificateSpec {
  /** "bus". */
  readonly name: string;
  /**
   * Name of the authority of this stack that signs it: "redis-bus". Whoever checks no more than the chain accepts every
   * certificate of the authority, and needs one that signs for this purpose alone.
   */
  readonly authority: string;
  /** Returns the settings by which the servers read these files. A server loads them again when one changes. */
  readonly settings: (files: CertificateFiles) => readonly Setting[];
}

/** Paths in the container. The names follow from the content, so that a server that reports them tells what it uses. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  /** The certificate of the authority. */
  readonly authority: string;
}

/** Returns the files of a declared certificate. */
export type CertificateStore = (service: string, name: string) => CertificateFiles;

export interface CertificateNames {
  /** Of the certificate; its key has the same. */
  readonly generation: string;
  /** Of the authority's certificate. */
  readonly authority: string;
}

/** Returns the paths in the container of what has these generations. */
export function certificateFiles(name: string, names: CertificateNames): CertificateFiles {
  return {
    certificate: `${CERTIFICATES_MOUNT}/${certificateFile(name, names.generation)}`,
    key: `${CERTIFICATES_MOUNT}/${keyFile(name, names.generation)}`,
    authority: `${CERTIFICATES_MOUNT}/${certificateFile("authority", names.authority)}`,
  };
}

export function certificateFile(name: string, generation: string): string {
  return `${name}.${generation}.crt`;
}

export function keyFile(name: string, generation: string): string {
  return `${name}.${generation}.key`;
}

/** Names of files that are still to be issued; a plan that was made before shows that they will be. */
export const TO_BE_ISSUED: CertificateNames = { generation: "new", authority: "new" };

export const noCertificates: CertificateStore = (_service, name) => certificateFiles(name, TO_BE_ISSUED);
