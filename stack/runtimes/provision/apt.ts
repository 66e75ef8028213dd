/** Debian's and Ubuntu's packages: which are installed, which are available and from where, and how to install them. */
import { PlumblineError } from "../../core/errors.ts";
import { redacted } from "../../core/userinfo.ts";
import type { Host } from "../../host/host.ts";
import { lastLines } from "../../host/run.ts";
import type { RunResult } from "../../host/run.ts";

const QUERY_DEADLINE_MS = 30_000;
const UPDATE_DEADLINE_MS = 5 * 60_000;
const INSTALL_DEADLINE_MS = 15 * 60_000;
/** Another apt may hold the lock, such as unattended upgrades shortly after boot. */
const LOCK_TIMEOUT_S = 120;

export interface Work {
  readonly asRoot: readonly string[];
  readonly line: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Resolves the packages among `names` that are not fully installed. */
export async function missingPackages(host: Host, names: readonly string[]): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const name of names) {
    if ((await packageStatus(host, name)) !== "installed") missing.push(name);
  }
  return missing;
}

/**
 * Resolves true if the package was unpacked, at least in part, but never configured: its files exist and may not work.
 */
export async function isCutOff(host: Host, name: string): Promise<boolean> {
  const status = await packageStatus(host, name);
  return status !== undefined && !["installed", "not-installed", "config-files"].includes(status);
}

/**
 * Resolves dpkg's status, dpkg-query(1): "installed", "unpacked", "half-configured" …; undefined if it does not know
 * the package.
 */
async function packageStatus(host: Host, name: string): Promise<string | undefined> {
  const argv = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name];
  const { ok, stdout } = await host.run(argv, { timeoutMs: QUERY_DEADLINE_MS, env: inEnglish(host) });
  return ok ? stdout.trim() : undefined;
}

/** Resolves true if apt knows a version of the package whose first number is at least `major`. */
export async function hasCandidate(host: Host, name: string, major: number): Promise<boolean> {
  const env = inEnglish(host);
  const { stdout } = await host.run(["apt-cache", "policy", name], { timeoutMs: QUERY_DEADLINE_MS, env });
  const candidate = /^\s*Candidate:\s*(?:\d+:)?(\d+)/m.exec(stdout)?.[1];
  return candidate !== undefined && Number(candidate) >= major;
}

/** What apt says is read, and it says it in the language of its reader: "Candidate" is "Installationskandidat". */
function inEnglish({ env }: Host): Host["env"] {
  return { ...env, LC_ALL: "C" };
}

export function installCommand(packages: readonly string[]): readonly string[] {
  return [
    ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", "--no-install-recommends"],
    ["-o", `DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`, "-o", "Dpkg::Options::=--force-confold", ...packages],
  ].flat();
}

/** Installs packages. Completes an interrupted run of dpkg first. Rejects with PROVISION_FAILED. */
export async function aptInstall(host: Host, packages: readonly string[], work: Work): Promise<void> {
  const { asRoot, line, signal } = work;
  const run = (argv: readonly string[], timeoutMs: number) =>
    host.run([...asRoot, ...argv], { timeoutMs, line, signal, env: inEnglish(host) });
  const updated = await readLists(host, run, work);
  let result = await run(installCommand(packages), INSTALL_DEADLINE_MS);
  if (!result.ok && /dpkg --configure -a/.test(`${result.stdout}${result.stderr}`)) {
    line("an earlier installation was cut off: finishing it first");
    await run(["env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--configure", "-a"], INSTALL_DEADLINE_MS);
    result = await run(installCommand(packages), INSTALL_DEADLINE_MS);
  }
  if (result.ok) return;
  const what = `Could not install ${packages.join(", ")}`;
  if (updated.ok || result.ended !== "exited") throw provisionError(what, result, installCommand(packages));
  throw new PlumblineError("PROVISION_FAILED", {
    what,
    why: `${saidBy(result)}\nbecause the package lists could not be read:\n${saidBy(updated)}`,
    fix: "See that this computer reaches its package mirrors (`apt-get update` shows what fails), then run the same command again.",
  });
}

/** Without the option, an unreachable mirror is a warning, and the exit code is 0. */
const UPDATE = ["apt-get", "-o", "APT::Update::Error-Mode=any", "-o", "Acquire::Retries=2", "update"];
const LISTS_LOCKED = /Could not get lock \S*lists\/lock/;
const LOCK_POLL_MS = 2_000;

/** Updates the package lists. A third-party source that does not answer fails the update, but the lists may suffice. */
async function readLists(
  host: Host,
  run: (argv: readonly string[], timeoutMs: number) => Promise<RunResult>,
  { line, signal }: Work,
): Promise<RunResult> {
  let updated = await run(UPDATE, UPDATE_DEADLINE_MS);
  // DPkg::Lock::Timeout does not apply to this lock, which an apt of a killed run, or of a timer, may hold.
  for (let waitedMs = 0; waitedMs < LOCK_TIMEOUT_S * 1000 && LISTS_LOCKED.test(updated.stderr);) {
    line("another apt reads the package lists: waiting for it");
    await host.sleep(LOCK_POLL_MS, signal);
    waitedMs += LOCK_POLL_MS;
    updated = await run(UPDATE, UPDATE_DEADLINE_MS);
  }
  if (!updated.ok) line("apt-get update failed; trying with the package lists that are here");
  return updated;
}

/** Returns PROVISION_FAILED with the command's last output, or INTERRUPTED. */
export function provisionError(what: string, result: RunResult, argv: readonly string[]): PlumblineError {
  if (result.ended === "aborted") {
    const fix = "Run the same command again: it finishes what was begun.";
    return new PlumblineError("INTERRUPTED", { what, why: "it was interrupted", fix });
  }
  const said = saidBy(result);
  return new PlumblineError("PROVISION_FAILED", {
    what,
    why: result.ended === "deadline" ? `it did not end in time\n${said}` : said || `exit code ${result.exitCode}`,
    fix: `Run it by hand to see more: ${argv.join(" ")}`,
  });
}

/**
 * Returns the errors and warnings of apt-like commands, without their ordinary output; for other commands, the last
 * lines.
 */
function saidBy({ stdout, stderr }: RunResult): string {
  const text = redacted(`${stdout}\n${stderr}`);
  const errors = text.split(/\r?\n/).filter((line) => /^([EW]: |dpkg: error)/.test(line));
  return lastLines(errors.length > 0 ? errors.join("\n") : text, SAID_LINES).join("\n");
}

const SAID_LINES = 12;

/** Resolves the URI of this Debian's packages: PLUMBLINE_DEBIAN_MIRROR, otherwise its first own source. */
export async function aptMirror(host: Host): Promise<string | undefined> {
  const chosen = host.env["PLUMBLINE_DEBIAN_MIRROR"];
  if (chosen) return chosen;
  const folder = "/etc/apt/sources.list.d";
  const names = (await host.list(folder)).toSorted();
  const files = ["/etc/apt/sources.list", ...names.map((name) => `${folder}/${name}`)];
  for (const file of files) {
    const found = mirrorIn((await host.read(file)) ?? "");
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Parses both formats of sources.list(5). URIs of security and third-party archives do not end in "/debian". */
export function mirrorIn(sources: string): string | undefined {
  for (const line of sources.split("\n")) {
    const uris = /^URIs:\s*(.+)$/.exec(line)?.[1] ?? /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/.exec(line)?.[1];
    const uri = uris?.split(/\s+/).find((candidate) => /^(https?|file|copy):.*\/debian\/?$/.test(candidate));
    if (uri !== undefined) return uri;
  }
  return undefined;
}
