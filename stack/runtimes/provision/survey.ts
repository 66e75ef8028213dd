/** Surveys this computer: what of an engine it has, and how more could be installed. Changes nothing. */
import { join } from "node:path";
import { clientEnvironment } from "../../docker/compose.ts";
import type { Host } from "../../host/host.ts";
import type { RunResult } from "../../host/run.ts";
import type { RuntimeKind } from "../runtime-kind.ts";
import { aptMirror, hasCandidate, isCutOff, missingPackages } from "./apt.ts";

/** What the caller needs. `packages` are Debian packages beyond the engine itself. */
export interface Need {
  readonly engine: boolean;
  readonly compose: boolean;
  readonly packages: readonly string[];
  /** The Homebrew program that creates a machine for an engine, on a system without one. */
  readonly maker: RuntimeKind["homebrew"];
}

export interface Survey {
  readonly system: "macos" | "debian" | "ubuntu" | "other";
  /** Command prefix that runs it as root; undefined if that takes a password. */
  readonly asRoot: readonly string[] | undefined;
  readonly isRoot: boolean;
  readonly hasSudo: boolean;
  /** The login name. */
  readonly user: string;
  /** `forbidden`: it answers root, but not this user. `cut-off`: its package is not fully installed. */
  readonly engine: "answers" | "forbidden" | "stopped" | "cut-off" | "absent";
  /** DOCKER_HOST from the environment: if it is set, no other engine is considered. */
  readonly dockerHost: string | undefined;
  readonly hasSystemd: boolean;
  readonly hasCgroups: boolean;
  readonly hasCompose: boolean;
  readonly composePackage: string | undefined;
  /** A separate package since Debian 13; undefined if docker.io contains the client. */
  readonly clientPackage: string | undefined;
  readonly missing: readonly string[];
  readonly mirror: string | undefined;
  readonly keyring: string | undefined;
  readonly brew: string | undefined;
  readonly brewPrefix: string;
  readonly programs: Readonly<Record<"docker" | "docker-compose", boolean>>;
  /** The program that creates a machine, if it is not installed. */
  readonly missingMaker: RuntimeKind["homebrew"];
}

/** A busy daemon answers late; a missing one refuses at once. */
export const ASK_DEADLINE_MS = 20_000;
const LOCAL_ENGINE = "unix:///var/run/docker.sock";

export async function survey(host: Host, need: Need): Promise<Survey> {
  const release = await releaseOf(host);
  const { system } = release;
  const [asRoot, brew] = [await rootPrefix(host), await brewOf(host)];
  const programs = {
    docker: (await host.which("docker")) !== undefined,
    "docker-compose": (await host.which("docker-compose")) !== undefined,
  };
  const usesApt = system === "debian" || system === "ubuntu";
  const hasCompose = !need.compose || (await composeAnswers(host));
  const packages = usesApt && !(hasCompose && programs.docker) ? await packagesOf(host, release) : release;
  return {
    system,
    asRoot,
    isRoot: host.isRoot,
    hasSudo: (await host.which("sudo")) !== undefined,
    user: await loginName(host),
    engine: need.engine ? await engineState(host, usesApt) : "answers",
    dockerHost: host.env["DOCKER_HOST"] || undefined,
    hasSystemd: (await host.kind("/run/systemd/system")) === "folder", // sd_booted(3)
    hasCgroups: await hasCgroups(host),
    hasCompose,
    composePackage: hasCompose ? undefined : packages.composePackage,
    clientPackage: programs.docker ? undefined : packages.clientPackage,
    missing: usesApt ? await missingPackages(host, need.packages) : need.packages,
    mirror: system === "debian" ? await aptMirror(host) : host.env["PLUMBLINE_DEBIAN_MIRROR"] || undefined,
    keyring: await firstFile(host, KEYRINGS),
    brew,
    missingMaker: need.maker && (await host.which(need.maker.program)) === undefined ? need.maker : undefined,
    brewPrefix: brew === undefined ? "" : brew.replace(/\/bin\/brew$/, ""),
    programs,
  };
}

/** Ubuntu's name, then the name in Docker's own repository; Debian's `docker-compose` is version 1 up to Debian 12. */
const COMPOSE_PACKAGES = ["docker-compose-v2", "docker-compose-plugin", "docker-compose>=2"];
const KEYRINGS = ["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"];

/** The system, and the packages that its release is known to contain. */
interface Release extends Pick<Survey, "composePackage" | "clientPackage"> {
  readonly system: Survey["system"];
}

/** Since this release Debian's `docker-compose` is version 2, and the client is a separate package. */
const DEBIAN_WITH_CLIENT = 13;

async function releaseOf(host: Host): Promise<Release> {
  const none = { composePackage: undefined, clientPackage: undefined };
  if (host.platform === "darwin") return { system: "macos", ...none };
  const release = (await host.read("/etc/os-release")) ?? "";
  const ids = [...release.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap(([, words]) =>
    (words ?? "").split(" "),
  );
  if (ids.includes("ubuntu")) return { ...none, system: "ubuntu", composePackage: "docker-compose-v2" }; // since 22.04
  if (!ids.includes("debian")) return { system: "other", ...none };
  const version = /^VERSION_ID="?(\d+)/m.exec(release)?.[1]; // testing and unstable have none
  if (version !== undefined && Number(version) < DEBIAN_WITH_CLIENT) return { system: "debian", ...none };
  return { system: "debian", composePackage: "docker-compose", clientPackage: "docker-cli" };
}

/**
 * Resolves what apt offers; if apt knows no packages because its lists were never read, what the release is known to
 * contain.
 */
async function packagesOf(host: Host, release: Release): Promise<Release> {
  if (!(await hasCandidate(host, "docker.io", 0))) return release;
  const [composePackage, clientPackage] = [
    await firstCandidate(host, COMPOSE_PACKAGES),
    await firstCandidate(host, ["docker-cli"]),
  ];
  return { system: release.system, composePackage, clientPackage };
}

async function loginName(host: Host): Promise<string> {
  const { ok, stdout } = await host.run(["id", "-un"], { timeoutMs: ASK_DEADLINE_MS });
  return (ok && stdout.trim()) || "$USER";
}

export async function rootPrefix(host: Host): Promise<readonly string[] | undefined> {
  if (host.isRoot) return [];
  if ((await host.which("sudo")) === undefined) return undefined;
  const allowed = await host.run(["sudo", "-n", "true"], { timeoutMs: ASK_DEADLINE_MS });
  return allowed.ok ? ["sudo", "-n"] : undefined;
}

async function engineState(host: Host, usesApt: boolean): Promise<Survey["engine"]> {
  const { ok, stdout, stderr } = await askEngine(host, []);
  if (ok) return "answers";
  if (/permission denied/i.test(`${stdout}${stderr}`)) return "forbidden";
  if ((await findDaemon(host)) === undefined) return "absent";
  return usesApt && (await isCutOff(host, "docker.io")) ? "cut-off" : "stopped";
}

/** /usr/sbin is not on the PATH of ordinary users of Debian. */
function findDaemon(host: Host): Promise<string | undefined> {
  return host.which("dockerd").then((found) => found ?? host.which("/usr/sbin/dockerd"));
}

export async function engineAnswers(host: Host, asRoot: readonly string[]): Promise<boolean> {
  return (await askEngine(host, asRoot)).ok;
}

function askEngine(host: Host, asRoot: readonly string[]): Promise<RunResult> {
  const argv = [...asRoot, "docker", "--host", LOCAL_ENGINE, "version", "--format", "{{.Server.Version}}"];
  return host.run(argv, { timeoutMs: ASK_DEADLINE_MS, env: localEnvironment(host) });
}

function localEnvironment({ env }: Host) {
  return clientEnvironment(LOCAL_ENGINE, env);
}

export async function composeAnswers(host: Host): Promise<boolean> {
  const env = localEnvironment(host); // a context that cannot be read fails every command of the client
  for (const command of [["docker", "compose"], ["docker-compose"]]) {
    const { ok, stdout } = await host.run([...command, "version", "--short"], { timeoutMs: ASK_DEADLINE_MS, env });
    if (ok && Number.parseInt(stdout.replace(/^v/, ""), 10) >= 2) return true;
  }
  return false;
}

async function hasCgroups(host: Host): Promise<boolean> {
  const found = [await host.kind("/sys/fs/cgroup/cgroup.controllers"), await host.kind("/sys/fs/cgroup/memory")];
  return found.some((kind) => kind !== "absent");
}

async function firstCandidate(host: Host, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const [plain = name, least] = name.split(">=");
    if (await hasCandidate(host, plain, Number(least ?? 0))) return plain;
  }
  return undefined;
}

async function firstFile(host: Host, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if ((await host.kind(path)) !== "absent") return path;
  return undefined;
}

/** Homebrew's two folders are not on the PATH of every shell. */
async function brewOf(host: Host): Promise<string | undefined> {
  if (host.platform !== "darwin") return undefined;
  for (const path of ["/opt/homebrew/bin/brew", "/usr/local/bin/brew", "brew"]) {
    const found = await host.which(path);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function pluginPath(host: Host): string {
  return join(host.env["DOCKER_CONFIG"] || join(host.home, ".docker"), "cli-plugins", "docker-compose");
}
