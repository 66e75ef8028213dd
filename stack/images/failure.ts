/** Finds out why apt, mmdebstrap, a package manager, a build or a pull failed, from its output. Pure. */
import { cutLines } from "../core/printable.ts";
import { redacted } from "../core/userinfo.ts";

export type FailureKind = "expired" | "missing" | "unreachable" | "untrusted" | "altered" | "disk-full" | "other";

export interface Failure {
  readonly kind: FailureKind;
  /** One sentence for a person. */
  readonly reason: string;
}

/** In order of precedence: a full disk also breaks signatures and downloads. */
const PATTERNS: readonly (readonly [FailureKind, RegExp])[] = [
  ["disk-full", /no space left on device|You don't have enough free space|\bENOSPC\b/i],
  ["expired", /Release file for \S+ is expired \(invalid since [^)]*\)/],
  [
    "altered",
    /THESE PACKAGES DO NOT MATCH THE HASHES[^\n]*|checksum mismatch|\bEINTEGRITY\b[^\n]*/, // pip; Go and cargo; npm
  ],
  [
    "untrusted",
    /NO_PUBKEY \S+|is not signed|GPG error[^\n]*|certificate[ _]verif\w+[ _]failed|certificate is NOT trusted|x509: [^\n]*|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT\w*|unable to get (?:local )?issuer certificate/i,
  ],
  [
    "missing",
    /Unable to locate package \S+|Package '?\S+'? has no installation candidate|No matching distribution found for [^\n]*|go: \S+@\S+: [^\n]*(?:unknown revision|no matching versions|lookup disabled|: 4\d\d )[^\n]*|\bE404\b[^\n]*/,
  ],
  [
    "unreachable",
    /Temporary failure resolving '[^']*'|Could not resolve '[^']*'|(Could not|Unable to) connect to [^\n]*|Connection (timed out|failed|refused)[^\n]*|404 +Not Found[^\n]*|Failed to fetch [^\n]*|dial tcp[^\n]*|getaddrinfo \w+ \S+/i,
  ],
];

/** Returns for how many whole days an index is past its date, by apt's words "invalid since 17d 18h 27min 53s". */
export function daysPast(reason: string): number {
  return Number(/invalid since (\d+)d/.exec(reason)?.[1] ?? 0);
}

/** BuildKit writes "#8 1.23 " before each line of a step, and "#8 " before its own lines. */
const STEP_PREFIX = /^#\d+ (\d+\.\d+ )?/;
const STEP_OUTPUT = /^#\d+ \d+\.\d+ /;

/**
 * Returns the failure of the first matching pattern; otherwise the last line of a step that looks like an error, without
 * credentials in addresses. Lines are cut first: a pattern may start over at each character of a line.
 */
export function readFailure(output: string): Failure {
  const text = redacted(cutLines(output));
  for (const [kind, pattern] of PATTERNS) {
    const found = pattern.exec(text);
    if (found) return { kind, reason: found[0].trim() };
  }
  const all = text.split("\n");
  const printed = all.filter((line) => STEP_OUTPUT.test(line));
  const lines = (printed.length > 0 ? printed : all)
    .map((line) => line.replace(STEP_PREFIX, "").trim())
    .filter((line) => line !== "");
  const error = lines.findLast((line) => /^E: |\berror\b/i.test(line)) ?? lines.at(-1);
  return { kind: "other", reason: error ?? "it said nothing" };
}
