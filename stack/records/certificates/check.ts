/** Whether a certificate can be used, and why not. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { messageOf } from "../../core/errors.ts";
import type { Pair } from "./issue.ts";

export type Checked =
  /** `due`: it expires so soon that it is to be renewed. */
  | { readonly usable: true; readonly due: boolean; readonly expires: Date }
  | { readonly usable: false; readonly why: string };

/** The part of its time in which a certificate is renewed. A stack that is brought up once in four months keeps it. */
const LAST_PART = 1 / 3;

/** `authority`: the PEM of the authority's certificate; absent for the authority itself. */
export function check(pair: Pair, now: Date, authority?: string): Checked {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pair.certificate);
    const key = createPrivateKey(pair.key);
    if (!certificate.checkPrivateKey(key)) return { usable: false, why: "its key is that of another certificate" };
    const issuer = authority === undefined ? certificate : new X509Certificate(authority);
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
      return { usable: false, why: "another authority has signed it" };
  } catch (error) {
    return { usable: false, why: `its file cannot be read: ${messageOf(error)}` };
  }
  const [from, until] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  if (now < from)
    return { usable: false, why: `it is valid from ${dayOf(from)} on, and the clock shows ${dayOf(now)}` };
  if (now >= until) return { usable: false, why: `it expired on ${dayOf(until)}` };
  const left = (until.getTime() - now.getTime()) / (until.getTime() - from.getTime());
  return { usable: true, due: left < LAST_PART, expires: until };
}

/** Returns "2027-11-30". */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
