/**
 * Installs Docker Compose 2 as a plugin of the user's `docker`, from the package of a newer Debian. The system's apt is
 * not changed: lists, caches, sources and package records are in a temporary folder.
 */
import { dirname, join } from "node:path";
import { PlumblineError } from "../../core/errors.ts";
import { aptAuth, withoutUserinfo } from "../../core/userinfo.ts";
import type { Host } from "../../host/host.ts";
import type { RunResult } from "../../host/run.ts";
import { provisionError } from "./apt.ts";

const UPDATE_DEADLINE_MS = 3 * 60_000;
const DOWNLOAD_DEADLINE_MS = 5 * 60_000;
const LOCAL_DEADLINE_MS = 60_000;

/** In order of preference: the stable release first. */
const SUITES = ["trixie", "sid"];
const PLUGIN_IN_PACKAGE = "usr/libexec/docker/cli-plugins/docker-compose";

export interface Fetch {
  /** May have userinfo. */
  readonly mirror: string;
  readonly keyring: string;
  /** Path of the plugin: ~/.docker/cli-plugins/docker-compose. */
  readonly path: string;
}

export interface Progress {
  readonly line: (line: string) => void;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Rejects with PROVISION_FAILED, with the reason for every release that was tried. */
export async function fetchComposePlugin(host: Host, fetch: Fetch, progress: Progress): Promise<void> {
  const made = await host.run(["mktemp", "-d"], { timeoutMs: LOCAL_DEADLINE_MS });
  const folder = made.stdout.trim();
  if (!made.ok || folder === "") throw provisionError("Could not make a temporary folder", made, ["mktemp", "-d"]);
  try {
    const reasons: string[] = [];
    for (const suite of SUITES) {
      const failure = await fetchFrom(host, suite, folder, fetch, progress);
      if (failure === undefined) return;
      if (failure.code === "INTERRUPTED") throw failure;
      reasons.push(`Debian ${suite}: ${failure.why}`);
    }
    throw new PlumblineError("PROVISION_FAILED", {
      what: "Could not fetch Docker Compose 2",
      why: reasons.join("\n"),
      fix: `Put a docker-compose of version 2 or newer at ${fetch.path}, then run the same command again.`,
    });
  } finally {
    await host.remove(folder);
  }
}

/** Resolves undefined if the plugin is installed and works, otherwise the reason. */
async function fetchFrom(
  host: Host,
  suite: string,
  folder: string,
  fetch: Fetch,
  { line, warn, signal }: Progress,
): Promise<PlumblineError | undefined> {
  const run = (argv: readonly string[], timeoutMs: number) =>
    host.run(argv, { timeoutMs, signal, line, cwd: folder, env: { ...host.env, LC_ALL: "C" } });
  const options = await privateApt(host, suite, folder, fetch);
  let update = await run(["apt-get", ...options, "update"], UPDATE_DEADLINE_MS);
  if (isExpired(update)) {
    warn(`The package index of Debian ${suite} is past its date: its signature is checked, its freshness is not.`);
    options.push("-o", "Acquire::Check-Valid-Until=false");
    update = await run(["apt-get", ...options, "update"], UPDATE_DEADLINE_MS);
  }
  const steps: readonly (readonly [argv: readonly string[], timeoutMs: number])[] = [
    [["apt-get", ...options, "download", "docker-compose"], DOWNLOAD_DEADLINE_MS],
    [["sh", "-c", "rm -rf unpacked && dpkg -x docker-compose_*.deb unpacked"], LOCAL_DEADLINE_MS],
    [["unpacked/" + PLUGIN_IN_PACKAGE, "version", "--short"], LOCAL_DEADLINE_MS],
    [["mkdir", "-p", dirname(fetch.path)], LOCAL_DEADLINE_MS],
    [["install", "-m", "0755", `unpacked/${PLUGIN_IN_PACKAGE}`, `${fetch.path}.new`], LOCAL_DEADLINE_MS],
    [["mv", `${fetch.path}.new`, fetch.path], LOCAL_DEADLINE_MS], // moved into place atomically
  ];
  if (!update.ok) return provisionError("Could not read the package index", update, ["apt-get", "update"]);
  for (const [argv, timeoutMs] of steps) {
    const result = await run(argv, timeoutMs);
    if (!result.ok) return provisionError("Could not fetch Docker Compose 2", result, argv);
  }
  return undefined;
}

/** Resolves options that give apt its own lists, caches, sources and package records below `folder`. */
async function privateApt(host: Host, suite: string, folder: string, { mirror, keyring }: Fetch): Promise<string[]> {
  const root = join(folder, suite);
  await host.makeFolder(join(root, "lists", "partial"));
  await host.makeFolder(join(root, "cache", "archives", "partial"));
  await host.write(join(root, "status"), "");
  const { text, logins } = withoutUserinfo(mirror, "The address of the Debian mirror");
  await host.write(join(root, "sources.list"), `deb [signed-by=${keyring}] ${text} ${suite} main\n`);
  const auth = join(root, "auth.conf");
  if (logins.length > 0) await host.write(auth, aptAuth(logins), 0o600);
  const settings = [
    `Dir::Etc::sourcelist=${root}/sources.list`,
    "Dir::Etc::sourceparts=/dev/null",
    ...(logins.length > 0 ? [`Dir::Etc::netrc=${auth}`] : []), // otherwise this computer's own logins serve
    `Dir::State::lists=${root}/lists`,
    `Dir::State::status=${root}/status`,
    `Dir::Cache=${root}/cache`,
    "APT::Sandbox::User=root", // only this user may read the folder, so the user _apt cannot
    "Acquire::Languages=none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
    "Acquire::Retries=2",
  ];
  return settings.flatMap((setting) => ["-o", setting]);
}

/** "Release file for … is expired (invalid since …)": the only failure for which the date check may be skipped. */
function isExpired({ ok, stdout, stderr }: RunResult): boolean {
  const text = `${stdout}${stderr}`;
  return /Release file for .* is expired/.test(text) && (!ok || /^[EW]:/m.test(text));
}
