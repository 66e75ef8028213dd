/** The versions of Debian packages in a suite's index today, by this computer's apt, with the signature checked. */
import { join } from "node:path";
import type { Suite } from "../../core/service/image.ts";
import type { Host } from "../../host/host.ts";
import { readFailure } from "../failure.ts";
import { aptAuth } from "../../core/userinfo.ts";
import { DEBIAN_MIRROR, mirrorsOf } from "../mirror.ts";
import { DEBIAN_KEYRING } from "../needs.ts";

export type PackageVersions =
  | { readonly ok: true; readonly versions: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly reason: string };

export interface IndexInput {
  readonly host: Host;
  /** A folder for this run's files; the caller removes it. */
  readonly work: string;
  readonly caBundle?: string;
  readonly signal: AbortSignal;
}

/** An index has 10 MB. */
const UPDATE_DEADLINE_MS = 120_000;
const QUERY_DEADLINE_MS = 30_000;

/** Resolves the version that an installation would get, by package. Rejects when the signal fires. */
export async function packageVersions(
  suite: Suite,
  packages: readonly string[],
  input: IndexInput,
): Promise<PackageVersions> {
  const { host, signal } = input;
  if ((await host.which("apt-get")) === undefined) {
    return { ok: false, reason: "package indexes are read by apt, which this computer does not have" };
  }
  const env = { ...host.env, LC_ALL: "C", APT_CONFIG: await configure(suite, input) };
  const update = await host.run(["apt-get", "-o", "APT::Update::Error-Mode=any", "update"], {
    timeoutMs: UPDATE_DEADLINE_MS,
    signal,
    env,
  });
  signal.throwIfAborted();
  if (!update.ok) return { ok: false, reason: readFailure(`${update.stdout}\n${update.stderr}`).reason };
  const policy = await host.run(["apt-cache", "policy", ...packages], { timeoutMs: QUERY_DEADLINE_MS, signal, env });
  signal.throwIfAborted();
  return policy.ok
    ? { ok: true, versions: candidatesIn(policy.stdout) }
    : { ok: false, reason: readFailure(policy.stderr).reason };
}

/** Writes a configuration that uses nothing of the computer's own packages, and returns its path. */
async function configure(suite: Suite, { host, work, caBundle }: IndexInput): Promise<string> {
  const folder = join(work, `index-${suite}`);
  const { main = DEBIAN_MIRROR, security, logins } = await mirrorsOf(suite, host, DEBIAN_MIRROR);
  for (const path of ["etc/preferences.d", "etc/apt.conf.d", "state/lists/partial", "cache/archives/partial"])
    await host.makeFolder(join(folder, path));
  await host.write(join(folder, "status"), "");
  await host.write(
    join(folder, "etc/sources.list"),
    [[main, suite] as const, ...(security === undefined ? [] : [[security, `${suite}-security`] as const])]
      .map(([place, name]) => `deb [signed-by=${DEBIAN_KEYRING}] ${place} ${name} main\n`)
      .join(""),
    0o600,
  );
  const auth = join(folder, "auth.conf");
  await host.write(auth, aptAuth(logins), 0o600);
  const options = [
    `Dir::Etc::netrc "${auth}"`,
    `Dir::Etc "${join(folder, "etc")}"`,
    `Dir::State "${join(folder, "state")}"`,
    `Dir::State::status "${join(folder, "status")}"`,
    `Dir::Cache "${join(folder, "cache")}"`,
    'APT::Sandbox::User "root"', // apt's own user may not read this folder
    'Acquire::Languages "none"',
    'Acquire::Check-Valid-Until "false"', // an index that stands still is compared too
    ...(caBundle === undefined ? [] : [`Acquire::https::CaInfo "${caBundle}"`]),
  ];
  const path = join(folder, "apt.conf");
  await host.write(path, options.map((option) => `${option};\n`).join(""));
  return path;
}

/** Parses "postgresql-18:\n  Installed: (none)\n  Candidate: 18.6-3\n". Source: apt-cache(8). */
function candidatesIn(text: string): ReadonlyMap<string, string> {
  const found = [...text.matchAll(/^(\S+):\n {2}Installed:.*\n {2}Candidate: (\S+)$/gm)];
  return new Map(
    found.flatMap(([, name = "", version = ""]) => (version === "(none)" ? [] : [[name, version] as const])),
  );
}
