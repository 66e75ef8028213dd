/** What this computer has of an engine, and by which means more can be had. Looks only; changes nothing. */
import { join } from "node:path";
import type { Host } from "../../host/host.ts";
import type { RunResult } from "../../host/run.ts";
import type { RuntimeKind } from "../runtime-kind.ts";
import { aptMirror, hasCandidate, isCutOff, missingPackages } from "./apt.ts";

/** What the caller needs. `packages` are Debian packages beyond the engine itself. */
export interface Need {
  readonly engine: boolean;
  readonly compose: boolean;
  readonly packages: readonly string[];
  /** What makes a machine for an engine where this system has none. */
  readonly maker: RuntimeKind["homebrew"];
}

export interface Survey {
  readonly system: "macos" | "debian" | "ubuntu" | "other";
  /** Words before a command that make it run as root; undefined if that takes a password. */
  readonly asRoot: readonly string[] | undefined;
  readonly isRoot: boolean;
  readonly hasSudo: boolean;
  /** The login name. */
  readonly user: string;
  /** `forbidden`: it answers root, and not this user. `cut-off`: its package is there, but not installed completely. */
  readonly engine: "answers" | "forbidden" | "stopped" | "cut-off" | "absent";
  /** Set in the environment: another engine would not be looked at. */
  readonly dockerHost: string | undefined;
  readonly hasSystemd: boolean;
  readonly hasCgroups: boolean;
  readonly hasCompose: boolean;
  readonly composePackage: string | undefined;
  /** A package of its own since Debian 13; undefined if docker.io brings the client. */
  readonly clientPackage: string | undefined;
  readonly missing: readonly string[];
  readonly mirror: string | undefined;
  readonly keyring: string | undefined;
  readonly brew: string | undefined;
  readonly brewPrefix: string;
  readonly programs: Readonly<Record<"docker" | "docker-compose", boolean>>;
  /** The program that makes a machine, where it is not installed. */
  readonly missingMaker: RuntimeKind["homebrew"];
}

/** A daemon that is busy answers late; one that is not there refuses at once. */
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

/** Ubuntu's name, then that of Docker's own repository; Debian's `docker-compose` is version 1 up to Debian 12. */
const COMPOSE_PACKAGES = ["docker-compose-v2", "docker-compose-plugin", "docker-compose>=2"];
const KEYRINGS = ["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"];

/** The system, and the packages that its release is known to have. */
interface Release extends Pick<Survey, "composePackage" | "clientPackage"> {
  readonly system: Survey["system"];
}

/** Since this release Debian's `docker-compose` is version 2, and the client is a package of its own. */
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

/** What apt offers; what the release is known to have, where apt knows no package because its lists were never read. */
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

/** /usr/sbin is not on the PATH of an ordinary user of Debian. */
function findDaemon(host: Host): Promise<string | undefined> {
  return host.which("dockerd").then((found) => found ?? host.which("/usr/sbin/dockerd"));
}

export async function engineAnswers(host: Host, asRoot: readonly string[]): Promise<boolean> {
  return (await askEngine(host, asRoot)).ok;
}

function askEngine(host: Host, asRoot: readonly string[]): Promise<RunResult> {
  const { DOCKER_CONTEXT: _context, ...env } = host.env;
  const argv = [...asRoot, "docker", "--host", LOCAL_ENGINE, "version", "--format", "{{.Server.Version}}"];
  return host.run(argv, { timeoutMs: ASK_DEADLINE_MS, env });
}

export async function composeAnswers(host: Host): Promise<boolean> {
  for (const command of [["docker", "compose"], ["docker-compose"]]) {
    const { ok, stdout } = await host.run([...command, "version", "--short"], { timeoutMs: ASK_DEADLINE_MS });
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
