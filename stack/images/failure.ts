/** Finds out why apt, mmdebstrap, a package manager, a build or a pull failed, from its output. Pure. */
import { cutLines } from "../core/printable.ts";
import { redacted } from "../core/userinfo.ts";

export type FailureKind =
  | "expired"
  | "missing"
  | "unreachable"
  | "refused"
  | "untrusted"
  | "altered"
  | "disk-full"
  | "other";

export interface Failure {
  readonly kind: FailureKind;
  /** One sentence for a person. */
  readonly reason: string;
}

/** In order of precedence: a full disk also breaks signatures and downloads. */
const PATTERNS: readonly (readonly [FailureKind, RegExp])[] = [
  ["disk-full", /no space left on device|You don't have enough free space|\bENOSPC\b/i],
  // apt writes two spaces around the status: "Failed to fetch http://mirror/InRelease  401  Unauthorized [IP: …]". It says
  // after it that the repository is not signed.
  ["refused", /Failed to fetch \S+ +(?:401|403|407)\b[^\n]*|\b(?:401|403|407) {2}\S[^\n]*/],
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

/** Without this kind of failure the packages would be had: an image of another edition serves until then. */
export function passes(kind: FailureKind): boolean {
  return kind === "expired" || kind === "missing" || kind === "unreachable";
}

/** Returns what to do about a mirror that refuses: 407 is of a proxy on the way. */
export function refusedFix(reason: string): string {
  if (/\b407\b/.test(reason)) {
    return "See user and password of the proxy in http_proxy and https_proxy (http://user:password@proxy.example:3128), then run again.";
  }
  const isSecurity = reason.includes("-security");
  const variable = isSecurity ? "PLUMBLINE_DEBIAN_SECURITY_MIRROR" : "PLUMBLINE_DEBIAN_MIRROR";
  return `See user and password in ${variable} (https://user:password@mirror.example/debian${isSecurity ? "-security" : ""}), or name another mirror there, then run again.`;
}
