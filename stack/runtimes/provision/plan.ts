/** Plans what has to be installed and started, as data that can be shown beforehand. */
import { dirname } from "node:path";
import { redacted } from "../../core/userinfo.ts";
import { installCommand } from "./apt.ts";
import type { Survey } from "./survey.ts";

interface Words {
  /** One line for people: "install docker.io". */
  readonly what: string;
  /** The command line of the step, to run by hand if necessary. */
  readonly command: string;
  readonly because: string;
}

export type ProvisionStep = Words &
  (
    | { readonly kind: "apt-install"; readonly packages: readonly string[] }
    | { readonly kind: "brew-install"; readonly brew: string; readonly packages: readonly string[] }
    | { readonly kind: "link-plugin"; readonly target: string; readonly path: string }
    | { readonly kind: "start-service" }
    | { readonly kind: "start-daemon" }
    | { readonly kind: "fetch-plugin"; readonly mirror: string; readonly keyring: string; readonly path: string }
  );

export interface ProvisionPlan {
  readonly steps: readonly ProvisionStep[];
  /** Why Plumbline cannot carry out the steps, and who can. */
  readonly obstacle?: Obstacle;
}

interface Obstacle {
  readonly why: string;
  readonly fix: string;
}

export interface Paths {
  readonly plugin: string;
  readonly log: string;
  readonly pidFile: string;
}

export function planProvision(found: Survey, paths: Paths): ProvisionPlan {
  if (found.system === "macos") return planMac(found, paths);
  if (found.dockerHost !== undefined && found.engine !== "answers") {
    const why = `DOCKER_HOST is ${found.dockerHost}, and no local engine would be looked at`;
    return { steps: [], obstacle: { why, fix: "Start that engine, or unset DOCKER_HOST." } };
  }
  if (found.engine === "forbidden") {
    const fix = `Run this${asRootHint(found)}, log in again, then run the same command:\n${joinGroup(found)}`;
    const why = "the engine runs, and only root and the members of the group docker may use its socket";
    return { steps: [], obstacle: { why, fix } };
  }
  if (found.system === "other") return planOther(found, paths);
  return planDebian(found, paths);
}

function planMac(found: Survey, { plugin }: Paths): ProvisionPlan {
  const maker = found.engine === "answers" ? undefined : found.missingMaker; // another engine works as well
  const packages = [
    ...(maker ? [maker.program] : []),
    ...(found.programs.docker ? [] : ["docker"]),
    ...(found.hasCompose || found.programs["docker-compose"] ? [] : ["docker-compose"]),
  ];
  const steps: ProvisionStep[] = [];
  if (packages.length > 0) {
    const brew = found.brew ?? "brew";
    const command = `brew install ${packages.join(" ")}`;
    const because = maker?.because ?? "`docker compose` is not complete";
    steps.push({ kind: "brew-install", brew, packages, what: `install ${packages.join(", ")}`, command, because });
  }
  if (!found.hasCompose) {
    const target = `${found.brewPrefix}/opt/docker-compose/bin/docker-compose`;
    const because = "Homebrew puts the Compose plugin where `docker` does not look";
    const command = `ln -sf ${target} ${plugin}`;
    steps.push({
      kind: "link-plugin",
      target,
      path: plugin,
      what: "make Compose a plugin of docker",
      command,
      because,
    });
  }
  if (steps.length === 0 || (found.brew !== undefined && !found.isRoot)) return { steps };
  if (found.isRoot) {
    return { steps, obstacle: { why: "Homebrew refuses root", fix: "Run Plumbline as an ordinary user." } };
  }
  return { steps, obstacle: { why: "Homebrew is not installed", fix: "Install Homebrew, then run this again." } };
}

function planDebian(found: Survey, paths: Paths): ProvisionPlan {
  const packages = new Map<string, string>();
  if (found.engine === "absent") packages.set("docker.io", "no container engine is installed");
  if (found.engine === "cut-off") packages.set("docker.io", "an earlier installation of it was cut off");
  const client = found.programs.docker ? undefined : (found.clientPackage ?? "docker.io");
  if (client !== undefined && !packages.has(client)) packages.set(client, "`docker compose` needs the client");
  const starts = found.engine !== "answers";
  if (starts && !found.hasSystemd && !found.hasCgroups) {
    packages.set("cgroupfs-mount", "the kernel's control groups are not mounted");
  }
  const byPackage = found.asRoot !== undefined || starts || packages.size > 0; // root is needed in any case
  const fetches = !found.hasCompose && (found.composePackage === undefined || !byPackage);
  if (!found.hasCompose && !fetches && found.composePackage !== undefined) {
    packages.set(found.composePackage, "Docker Compose 2 is not installed");
  }
  for (const name of found.missing) packages.set(name, "images are built with it");
  const steps: ProvisionStep[] = [];
  if (packages.size > 0) steps.push(aptStep(packages));
  if (starts) steps.push(found.hasSystemd ? startService() : startDaemon(paths));
  const needsRoot = steps.length > 0;
  const obstacles = needsRoot && found.asRoot === undefined ? [noRoot(steps, found)] : [];
  if (fetches) {
    if (found.mirror !== undefined && found.keyring !== undefined) {
      steps.push(fetchPlugin(found.mirror, found.keyring, paths));
    } else obstacles.push(noCompose(found));
  }
  const [obstacle] = obstacles;
  return obstacle ? { steps, obstacle } : { steps };
}

function planOther(found: Survey, paths: Paths): ProvisionPlan {
  const steps: ProvisionStep[] = [];
  if (found.engine === "stopped") steps.push(found.hasSystemd ? startService() : startDaemon(paths));
  const lacks = [
    ...(found.engine === "absent" ? ["a Docker engine"] : []),
    ...(found.hasCompose ? [] : ["Docker Compose 2"]),
    ...found.missing,
  ];
  if (lacks.length > 0) {
    const why = `${lacks.join(", ")} is missing, and packages of this system are not known to Plumbline`;
    return { steps, obstacle: { why, fix: `Install by the means of your system: ${lacks.join(", ")}.` } };
  }
  return steps.length > 0 && found.asRoot === undefined ? { steps, obstacle: noRoot(steps, found) } : { steps };
}

function aptStep(packages: ReadonlyMap<string, string>): ProvisionStep {
  const names = [...packages.keys()];
  return {
    kind: "apt-install",
    packages: names,
    what: `install ${names.join(", ")}`,
    command: `apt-get update && ${installCommand(names).join(" ")}`,
    because: [...new Set(packages.values())].join("; "),
  };
}

function startService(): ProvisionStep {
  const because = "the engine is installed and does not run";
  return { kind: "start-service", what: "start the engine", command: "systemctl enable --now docker", because };
}

function startDaemon({ log, pidFile }: Paths): ProvisionStep {
  const command = `mkdir -p ${dirname(log)} && dockerd --pidfile ${pidFile} >>${log} 2>&1 &`;
  const because = "the engine does not run, and there is no systemd here to start it";
  return { kind: "start-daemon", what: "start the engine", command, because };
}

function fetchPlugin(mirror: string, keyring: string, { plugin }: Paths): ProvisionStep {
  return {
    kind: "fetch-plugin",
    mirror,
    keyring,
    path: plugin,
    what: "fetch Docker Compose 2 for your user",
    command: `# package docker-compose of Debian 13 from ${redacted(mirror)}, checked with ${keyring}, unpacked to ${plugin}`,
    because: "Docker Compose 2 is not installed, and this system has no package of it",
  };
}

/** Returns everything that needs root as commands to copy. The user's own files are not included. */
function noRoot(steps: readonly ProvisionStep[], found: Survey): Obstacle {
  const starts = steps.some(({ kind }) => kind === "start-daemon" || kind === "start-service");
  const commands = steps.map((step) => sudo(found, step.kind === "start-daemon" ? DAEMON_BY_HAND : step.command));
  if (starts) commands.push(joinGroup(found)); // otherwise the next error would ask for it
  return {
    why: found.hasSudo ? "it takes root, and `sudo` asks for a password here" : "it takes root, and there is no `sudo`",
    fix: `Run this${asRootHint(found)}, ${starts ? "log in again, " : ""}then the same command:\n${commands.join("\n")}`,
  };
}

/** Log and pid file of root do not belong in a user's folder. */
const DAEMON_BY_HAND = "nohup dockerd >>/var/log/dockerd.log 2>&1 &";

function joinGroup(found: Survey): string {
  return found.hasSudo ? `sudo usermod -aG docker ${found.user}` : `usermod -aG docker ${found.user}`;
}

function asRootHint({ hasSudo }: Survey): string {
  return hasSudo ? "" : " as root (`su -`)";
}

function sudo({ hasSudo }: Survey, command: string): string {
  return hasSudo ? `sudo sh -c '${command}'` : command;
}

function noCompose(found: Survey): Obstacle {
  const lacks =
    found.mirror === undefined ? "no Debian mirror is known" : "the package debian-archive-keyring is missing";
  return {
    why: `Docker Compose 2 is not installed, and ${lacks}`,
    fix: "Install Docker Compose 2, or set PLUMBLINE_DEBIAN_MIRROR and install debian-archive-keyring.",
  };
}
