/** Base images: a minimal Debian of one suite, made by mmdebstrap and imported into the engine. */
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, PlumblineError } from "../core/errors.ts";
import { dayOf } from "./newer/age.ts";
import type { EditionOf, ObtainedImage, Suite } from "../core/service/image.ts";
import type { Report } from "../core/progress.ts";
import type { Host } from "../host/host.ts";
import { diskFull } from "./disk.ts";
import { daysPast, readFailure, refusedFix } from "./failure.ts";
import type { Failure, FailureKind } from "./failure.ts";
import { aptAuth, redacted } from "../core/userinfo.ts";
import { mirrorsOf, type Mirrors } from "./mirror.ts";
import { indexDateIn, mmdebstrap } from "./mmdebstrap.ts";
import { debianBuildObstacle } from "./needs.ts";
import { IMAGE_LABELS, agesOf, baseHash, hashOf, notesOf, shortHash } from "./recipe.ts";
import type { ImageStore } from "../core/machine/engine.ts";

export type Base =
  | ({ readonly ok: true } & Pick<ObtainedImage, "reference" | "notes" | "builtOn" | "indexDate">)
  | ({ readonly ok: false } & Unmade);

/** Why an image cannot be made, and what would help. */
export interface Unmade {
  readonly reason: string;
  readonly fix: string;
  readonly kind: FailureKind;
}

export interface BaseInput {
  readonly host: Host;
  readonly store: ImageStore;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly editionOf: EditionOf;
  /** A folder for this run's files; the caller removes it. */
  readonly work: string;
  /** A company's CA certificates, for https mirrors. */
  readonly caBundle?: string;
}

/** mmdebstrap takes 15 s to 30 s with a near mirror; a slow connection needs minutes for its 60 MB. */
const BASE_DEADLINE_MS = 15 * 60_000;
/** The lines of mmdebstrap that show its progress. */
const PHASE = /^I: ((?:running apt-get|downloading|extracting|installing|creating) .*)$/;
const IMPORT_DEADLINE_MS = 5 * 60_000;

/** Returns a function that makes the base image of each suite at most once per run, for any number of services. */
export function baseMaker(input: BaseInput): (suite: Suite) => Promise<Base> {
  const made = new Map<Suite, Promise<Base>>();
  return (suite) => {
    const base = made.get(suite) ?? makeBase(suite, input);
    made.set(suite, base);
    return base;
  };
}

/**
 * Resolves the hash of the base image that this computer makes: also its mirrors decide what is in it, and not the
 * logins there.
 */
export async function baseHashHere(
  suite: Suite,
  host: Pick<Host, "env" | "read" | "list">,
  editionOf: EditionOf,
): Promise<string> {
  const { main = "", security = "" } = await mirrorsOf(suite, host);
  return hashOf(await baseHash(suite, editionOf(suite)), main, security);
}

async function makeBase(suite: Suite, input: BaseInput): Promise<Base> {
  const { host, store, report } = input;
  const mirrors = await mirrorsOf(suite, host);
  const hash = await baseHashHere(suite, host, input.editionOf);
  const reference = `plumbline/base:${suite}-${shortHash(hash)}`;
  const present = (await store.list()).find((image) => image.tags.includes(reference));
  if (present?.labels[IMAGE_LABELS.base] === hash)
    return {
      ok: true,
      reference,
      notes: unique([...notesOf(present), ...lacking(suite, mirrors)]),
      ...agesOf(present),
    };
  const obstacle = await debianBuildObstacle(host);
  if (obstacle) return { ok: false, kind: "unreachable", ...obstacle }; // packages are not within reach without tools

  const id = `image-base:${suite}`;
  report({ kind: "step-started", id, title: `Debian ${suite} base image`, because: "no image of it is in the engine" });
  const tar = join(input.work, `${suite}.tar`);
  try {
    const { failure, ...made } = await bootstrap(suite, mirrors, tar, input);
    if (failure) return failed(id, suite, failure, input);
    const found = { ...made, builtOn: dayOf(new Date()) };
    await importBase(tar, reference, { hash, suite, ...found }, input);
    report({ kind: "step-done", id, detail: reference });
    return { ok: true, reference, ...found };
  } catch (error) {
    report({ kind: "step-failed", id, reason: messageOf(error) });
    throw error;
  } finally {
    await rm(tar, { force: true });
  }
}

function failed(id: string, suite: Suite, failure: Failure, { report }: BaseInput): Base {
  const what = `Could not make the Debian ${suite} base image`;
  if (failure.kind === "disk-full") throw diskFull(what, failure.reason);
  report({ kind: "step-failed", id, reason: failure.reason });
  const otherwise = "See that the mirror answers, or name another in PLUMBLINE_DEBIAN_MIRROR, then run again.";
  const fix = failure.kind === "refused" ? refusedFix(failure.reason) : otherwise;
  return { ok: false, kind: failure.kind, reason: `${what}: ${failure.reason}`, fix };
}

/**
 * Tries with every check first. If the package index has expired, and only then, accepts its date; its signature is
 * still checked.
 */
async function accepted(suite: Suite, from: From, tar: string, input: BaseInput): Promise<Bootstrapped> {
  const first = await run(suite, from, tar, [], input);
  if (first.failure?.kind !== "expired") return { ...first, notes: [] };
  const { refused, note } = staleness(suite, first.failure);
  if (refused) return { failure: refused, notes: [] };
  const second = await run(suite, from, tar, ['Acquire::Check-Valid-Until "false"'], input);
  return { ...second, notes: [note] };
}

interface From {
  /** Addresses, and lines as in sources.list. */
  readonly mirrors: readonly string[];
  /** Path of apt's file of logins. */
  readonly auth: string | undefined;
}

interface Bootstrapped {
  readonly failure: Failure | undefined;
  readonly notes: readonly string[];
  readonly indexDate?: string;
}

/**
 * Makes the base with security updates where the distribution has them. If only the security suite cannot be had, the
 * base is made without it, and says so. A mirror that refuses is no such case: somebody can correct the login. Only where
 * nobody has named the place of the security suite, a 403 may be what the mirror answers for what it does not have.
 */
async function bootstrap(suite: Suite, from: Mirrors, tar: string, input: BaseInput): Promise<Bootstrapped> {
  const { main, security, logins } = from;
  const auth = logins.length === 0 ? undefined : join(input.work, `auth-${suite}.conf`);
  if (auth !== undefined) await input.host.write(auth, aptAuth(logins), 0o600);
  const mirrors = main === undefined ? [] : [main];
  if (security === undefined) {
    const made = await accepted(suite, { mirrors, auth }, tar, input);
    return { ...made, notes: [...made.notes, ...lacking(suite, from)] };
  }
  const both = [...mirrors, `deb ${security} ${suite}-security main`];
  const whole = await accepted(suite, { mirrors: both, auth }, tar, input);
  if (whole.failure === undefined) return whole;
  const isAbsent = from.isSecurityGuessed && isForbidden(whole.failure, security);
  if (ENDS.has(whole.failure.kind) && !isAbsent) return whole;
  const without = await accepted(suite, { mirrors, auth }, tar, input);
  if (without.failure) return without;
  return { ...without, notes: [...without.notes, leftOut(suite, whole.failure.reason)] };
}

/** Object stores answer 403, and not 404, for what they lack to whoever may not list it. */
function isForbidden({ kind, reason }: Failure, place: string): boolean {
  return kind === "refused" && /(?:^| )403\b/.test(reason) && reason.includes(`${place.replace(/\/$/, "")}/`);
}

function lacking(suite: Suite, { noSecurity }: Mirrors): readonly string[] {
  return noSecurity === undefined ? [] : [leftOut(suite, noSecurity)];
}

function leftOut(suite: Suite, reason: string): string {
  return `security updates of Debian ${suite} are left out: ${reason}`;
}

function unique(notes: readonly string[]): readonly string[] {
  return [...new Set(notes)];
}

const ENDS: ReadonlySet<FailureKind> = new Set(["disk-full", "refused"]);

/** An index that ended longer ago lacks too many fixes to be used. */
const MOST_DAYS_PAST = 90;

/** Decides about an index that is past its date: used with a note that says by how much, or refused. */
export function staleness(suite: Suite, expired: Failure): { readonly refused?: Failure; readonly note: string } {
  const days = daysPast(expired.reason);
  const note = `package index of Debian ${suite} is past its date by ${days} days: signature checked, freshness not`;
  if (days <= MOST_DAYS_PAST) return { note };
  const reason = `${expired.reason}: an index is used for ${MOST_DAYS_PAST} days after its date and no longer`;
  return { note, refused: { kind: "expired", reason } };
}

async function run(
  suite: Suite,
  { mirrors, auth }: From,
  tar: string,
  extra: readonly string[],
  { host, work, caBundle, report, signal }: BaseInput,
): Promise<Omit<Bootstrapped, "notes">> {
  const ca = caBundle === undefined ? undefined : join(work, `ca-${suite}.pem`);
  if (caBundle !== undefined && ca !== undefined) await copyFile(caBundle, ca); // apt's own user must read it
  const result = await host.run(mmdebstrap({ suite, mirrors, tar, options: extra, ca, auth }), {
    timeoutMs: BASE_DEADLINE_MS,
    signal,
    env: { ...host.env, TMPDIR: work }, // so that the caller removes what a killed run leaves
    line: (line) => {
      const phase = PHASE.exec(line)?.[1];
      if (phase !== undefined) report({ kind: "step-progress", id: `image-base:${suite}`, detail: redacted(phase) });
    },
  });
  signal.throwIfAborted();
  const output = `${result.stdout}\n${result.stderr}`;
  if (result.ok) {
    const indexDate = indexDateIn(output);
    return { failure: undefined, ...(indexDate === undefined ? {} : { indexDate }) };
  }
  if (result.ended === "deadline") {
    return {
      failure: { kind: "unreachable", reason: `mmdebstrap did not end within ${BASE_DEADLINE_MS / 60_000} min` },
    };
  }
  return { failure: readFailure(output) };
}

interface Imported {
  readonly hash: string;
  readonly suite: Suite;
  readonly notes: readonly string[];
  readonly builtOn: string;
  readonly indexDate?: string;
}

async function importBase(
  tar: string,
  reference: string,
  { hash, suite, notes, builtOn, indexDate }: Imported,
  { store, signal }: BaseInput,
): Promise<void> {
  const changes = [
    "ENV LANG=C.UTF-8",
    `LABEL ${IMAGE_LABELS.base}=${hash}`,
    `LABEL ${IMAGE_LABELS.suite}=${suite}`,
    `LABEL ${IMAGE_LABELS.baseBuilt}=${builtOn}`,
    ...(indexDate === undefined ? [] : [`LABEL ${IMAGE_LABELS.index}=${indexDate}`]),
    `LABEL ${IMAGE_LABELS.notes}=${JSON.stringify(notes.join("; "))}`,
  ];
  try {
    await store.importTar(tar, reference, changes, AbortSignal.any([signal, AbortSignal.timeout(IMPORT_DEADLINE_MS)]));
  } catch (error) {
    signal.throwIfAborted();
    await store.untag(reference).catch(() => {}); // the next run must not find an unfinished image
    if (error instanceof PlumblineError) throw error;
    const why = messageOf(error);
    if (readFailure(why).kind === "disk-full") throw diskFull(`Could not import ${reference}`, why, error);
    const fix = "Look into the log of the engine, then run again.";
    throw new PlumblineError("IMAGE_BUILD_FAILED", { what: `Could not import ${reference}`, why, fix, cause: error });
  }
}
