/** Why apt, mmdebstrap, a build or a pull failed, read from what they print. Pure. */

export type FailureKind = "expired" | "missing" | "unreachable" | "untrusted" | "disk-full" | "other";

export interface Failure {
  readonly kind: FailureKind;
  /** One sentence for a person. */
  readonly reason: string;
}

/** In the order in which they decide: a full disk makes signatures and downloads fail as well. */
const PATTERNS: readonly (readonly [FailureKind, RegExp])[] = [
  ["disk-full", /no space left on device|You don't have enough free space|\bENOSPC\b/i],
  ["expired", /Release file for \S+ is expired \(invalid since [^)]*\)/],
  ["missing", /Unable to locate package \S+|Package '?\S+'? has no installation candidate/],
  [
    "untrusted",
    /NO_PUBKEY \S+|is not signed|GPG error[^\n]*|certificate verif\w+ failed|certificate is NOT trusted|x509: [^\n]*/i,
  ],
  [
    "unreachable",
    /Temporary failure resolving '[^']*'|Could not resolve '[^']*'|(Could not|Unable to) connect to [^\n]*|Connection (timed out|failed|refused)[^\n]*|404 +Not Found[^\n]*|Failed to fetch [^\n]*/i,
  ],
];

/** BuildKit writes "#8 1.23 " before each line of a step. */
const STEP_PREFIX = /^#\d+ (\d+\.\d+ )?/;

/** What went wrong, by the first pattern that the text holds; else its last line that looks like an error. */
export function readFailure(text: string): Failure {
  for (const [kind, pattern] of PATTERNS) {
    const found = pattern.exec(text);
    if (found) return { kind, reason: found[0].trim() };
  }
  const lines = text
    .split("\n")
    .map((line) => line.replace(STEP_PREFIX, "").trim())
    .filter((line) => line !== "");
  const error = lines.findLast((line) => /^E: |\berror\b/i.test(line)) ?? lines.at(-1);
  return { kind: "other", reason: error ?? "it said nothing" };
}
