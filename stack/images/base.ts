/** Base images: a minimal Debian of one suite, made by mmdebstrap and imported into the engine. */
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, PlumblineError } from "../core/errors.ts";
import type { Suite } from "../core/service/image.ts";
import type { Report } from "../core/progress.ts";
import type { Host } from "../host/host.ts";
import { diskFull } from "./disk.ts";
import { daysPast, readFailure } from "./failure.ts";
import type { Failure } from "./failure.ts";
import { debianMirror, securityMirror } from "./mirror.ts";
import { DEBIAN_KEYRING, debianBuildObstacle } from "./needs.ts";
import { BASE_FOLDER, IMAGE_LABELS, baseHash, hashOf, notesOf, shortHash } from "./recipe.ts";
import type { ImageStore } from "../core/machine/engine.ts";

export type Base =
  | { readonly ok: true; readonly reference: string; readonly notes: readonly string[] }
  | { readonly ok: false; readonly reason: string; readonly fix: string };

export interface BaseInput {
  readonly host: Host;
  readonly store: ImageStore;
  readonly report: Report;
  readonly signal: AbortSignal;
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

/** Resolves the hash of the base image that this computer makes: also its mirrors decide what is in it. */
export async function baseHashHere(suite: Suite, host: Pick<Host, "env" | "read" | "list">): Promise<string> {
  const mirror = await debianMirror(host);
  return hashOf(await baseHash(suite), mirror ?? "", securityMirror(suite, mirror, host.env) ?? "");
}

async function makeBase(suite: Suite, input: BaseInput): Promise<Base> {
  const { host, store, report } = input;
  const mirror = await debianMirror(host);
  const hash = await baseHashHere(suite, host);
  const reference = `plumbline/base:${suite}-${shortHash(hash)}`;
  const present = (await store.list()).find((image) => image.tags.includes(reference));
  if (present?.labels[IMAGE_LABELS.base] === hash) return { ok: true, reference, notes: notesOf(present) };
  const obstacle = await debianBuildObstacle(host);
  if (obstacle) return { ok: false, ...obstacle };

  const id = `image-base:${suite}`;
  report({ kind: "step-started", id, title: `Debian ${suite} base image`, because: "no image of it is in the engine" });
  const tar = join(input.work, `${suite}.tar`);
  try {
    const { failure, notes } = await bootstrap(suite, mirror, tar, input);
    if (failure) return failed(id, suite, failure, input);
    await importBase(tar, reference, { hash, suite, notes }, input);
    report({ kind: "step-done", id, detail: reference });
    return { ok: true, reference, notes };
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
  const fix = "See that the mirror answers, or name another in PLUMBLINE_DEBIAN_MIRROR, then run again.";
  return { ok: false, reason: `${what}: ${failure.reason}`, fix };
}

/**
 * Tries with every check first. If the package index has expired, and only then, accepts its date; its signature is
 * still checked.
 */
async function accepted(
  suite: Suite,
  mirrors: readonly string[],
  tar: string,
  input: BaseInput,
): Promise<Bootstrapped> {
  const first = await run(suite, mirrors, tar, [], input);
  if (first?.kind !== "expired") return { failure: first, notes: [] };
  const { refused, note } = staleness(suite, first);
  if (refused) return { failure: refused, notes: [] };
  const second = await run(suite, mirrors, tar, ['Acquire::Check-Valid-Until "false"'], input);
  return { failure: second, notes: [note] };
}

interface Bootstrapped {
  readonly failure: Failure | undefined;
  readonly notes: readonly string[];
}

/**
 * Makes the base with security updates where the distribution has them. If only the security suite cannot be had, the
 * base is made without it, and says so.
 */
async function bootstrap(
  suite: Suite,
  mirror: string | undefined,
  tar: string,
  input: BaseInput,
): Promise<Bootstrapped> {
  const main = mirror === undefined ? [] : [mirror];
  const security = securityMirror(suite, mirror, input.host.env);
  if (security === undefined) return accepted(suite, main, tar, input);
  const whole = await accepted(suite, [...main, `deb ${security} ${suite}-security main`], tar, input);
  if (whole.failure === undefined || whole.failure.kind === "disk-full") return whole;
  const without = await accepted(suite, main, tar, input);
  if (without.failure) return without;
  const note = `security updates of Debian ${suite} are left out: ${whole.failure.reason}`;
  return { failure: undefined, notes: [...without.notes, note] };
}

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
  mirrors: readonly string[],
  tar: string,
  extra: readonly string[],
  { host, work, caBundle, report, signal }: BaseInput,
): Promise<Failure | undefined> {
  const ca = caBundle === undefined ? undefined : join(work, `ca-${suite}.pem`);
  if (caBundle !== undefined && ca !== undefined) await copyFile(caBundle, ca); // apt's own user must read it
  const result = await host.run(mmdebstrap({ suite, mirrors, tar, options: extra, ca }), {
    timeoutMs: BASE_DEADLINE_MS,
    signal,
    env: { ...host.env, TMPDIR: work }, // so that the caller removes what a killed run leaves
    line: (line) => {
      const phase = PHASE.exec(line)?.[1];
      if (phase !== undefined) report({ kind: "step-progress", id: `image-base:${suite}`, detail: phase });
    },
  });
  signal.throwIfAborted();
  if (result.ok) return undefined;
  if (result.ended === "deadline") {
    return { kind: "other", reason: `mmdebstrap did not end within ${BASE_DEADLINE_MS / 60_000} min` };
  }
  return readFailure(`${result.stdout}\n${result.stderr}`);
}

interface Bootstrap {
  readonly suite: Suite;
  /** Addresses, and lines as in sources.list. */
  readonly mirrors: readonly string[];
  readonly tar: string;
  readonly options: readonly string[];
  readonly ca: string | undefined;
}

/** Returns the command line. The apt and dpkg options stay in the image, and so apply to the recipes too. */
function mmdebstrap({ suite, mirrors, tar, options, ca }: Bootstrap): readonly string[] {
  const apt = [
    'APT::Install-Recommends "false"',
    'Acquire::Languages "none"',
    'Acquire::Retries "3"',
    'Acquire::http::Timeout "30"',
    ...options,
  ];
  const unwanted = ["man", "locale", "doc", "info", "lintian"];
  return [
    "mmdebstrap",
    "--variant=minbase",
    "--format=tar",
    `--keyring=${DEBIAN_KEYRING}`,
    ...(mirrors.some((mirror) => mirror.includes("https:")) ? ["--include=ca-certificates"] : []),
    ...apt.map((option) => `--aptopt=${option}`),
    ...(ca === undefined ? [] : [`--aptopt=Acquire::https::CaInfo "${ca}"`]),
    "--dpkgopt=force-unsafe-io", // an image is complete or thrown away, so none of its files needs an fsync
    ...unwanted.map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
    upload("install.sh", "/usr/local/sbin/plumbline-install"),
    '--customize-hook=mkdir -p "$1/usr/local/lib/plumbline"',
    upload("entry.sh", "/usr/local/lib/plumbline/entry.sh"),
    '--customize-hook=chmod 0755 "$1/usr/local/sbin/plumbline-install"',
    '--customize-hook=chmod 0644 "$1/usr/local/lib/plumbline/entry.sh"',
    // The path of a file on this host does not exist inside the image, and later installations check the date themselves.
    '--customize-hook=sed -i -e /CaInfo/d -e /Check-Valid-Until/d "$1/etc/apt/apt.conf.d/99mmdebstrap"',
    suite,
    tar,
    ...mirrors,
  ];
}

/** Returns a hook that copies a file of this host into the image. */
function upload(file: string, path: string): string {
  return `--customize-hook=upload '${join(BASE_FOLDER, file)}' ${path}`;
}

async function importBase(
  tar: string,
  reference: string,
  { hash, suite, notes }: { readonly hash: string; readonly suite: Suite; readonly notes: readonly string[] },
  { store, signal }: BaseInput,
): Promise<void> {
  const changes = [
    "ENV LANG=C.UTF-8",
    `LABEL ${IMAGE_LABELS.base}=${hash}`,
    `LABEL ${IMAGE_LABELS.suite}=${suite}`,
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
