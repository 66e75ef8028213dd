/** Checks for leftovers of killed runs, of other profiles and of manual changes. */
import { chmod, lstat, rm, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Engine } from "../../core/machine/engine.ts";
import { CERTIFICATES_FOLDER, projectName, SECRET_FILES_FOLDER } from "../../core/stack-names.ts";
import { refuseForeignStack } from "../request/foreign.ts";
import { lockOwner, takeLock } from "../../host/lock.ts";
import { kindOf } from "../../host/regular-file.ts";
import { OPEN_FOLDER, pathsBelow } from "../../host/folders.ts";
import { AUTHORITIES } from "../../records/certificates/store.ts";
import { isTemporary } from "../../records/own-files.ts";
import { volumesIn } from "../volumes/own.ts";
import type { Wanted } from "../request/request.ts";
import type { FoundEngine, Discovery } from "../request/discovery.ts";
import { finding, ok, problem, warning, type Finding } from "./check.ts";
import { octal } from "./folders.ts";
import { checkImages } from "./images.ts";

export async function checkLeftovers(wanted: Wanted, discovery: Discovery): Promise<readonly Finding[]> {
  const checks = [
    finding("lock", () => checkLock(wanted)),
    finding("secrets", () => checkModes(wanted)),
    finding("temporary files", () => checkTemporary(wanted)),
    ...(discovery.kind === "engine"
      ? [
          finding("containers", () => checkContainers(wanted, discovery)),
          finding("volumes", () => checkVolumes(wanted, discovery)),
          finding("old images", () => checkImages(wanted, discovery)),
        ]
      : []),
  ];
  return (await Promise.all(checks)).flat();
}

async function checkLock({ folder }: Wanted): Promise<readonly Finding[]> {
  const owner = await lockOwner(folder.lock);
  if (!owner) return [ok("lock", "free")];
  const who = `process ${owner.pid} (${owner.command})`;
  if (owner.alive) return [warning("lock", `${who} works on this stack now`, "Wait for it.")];
  const stale = warning("lock", `left by ${who}, which is gone`, "The next command takes it over; --fix removes it.");
  const repair = async () => {
    await (await takeLock(folder.lock, "doctor")).release(); // takes the lock over only from a dead process
    return "removed";
  };
  return [{ ...stale, repair }];
}

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/**
 * Secret files are mounted one by one into containers, and certificates in a folder for each service. Their users must
 * be able to read them. On the host the folder above denies access.
 */
const MOUNTED_MODE = 0o444;

async function checkModes({ folder }: Wanted): Promise<readonly Finding[]> {
  const entries = await pathsBelow(folder.secrets);
  if (entries.length === 0) return [ok("secrets", "none yet")];
  const paths = [folder.secrets, ...entries.map((entry) => join(folder.secrets, entry))];
  const open: Finding[] = [];
  let files = 0;
  for (const path of paths) {
    const found = await (path === folder.secrets ? stat(path) : lstat(path)); // the whole folder may be elsewhere
    if (!found.isFile() && !found.isDirectory()) {
      open.push(problem("secrets", `${path} is ${kindOf(found)}`, "Remove it: only ordinary files are read there."));
      continue;
    }
    const wanted = wantedMode(relative(folder.secrets, path).split(sep), found.isDirectory());
    files += found.isDirectory() ? 0 : 1;
    const mode = found.mode & 0o777;
    if (mode === wanted) continue;
    const words = `${path} has mode ${octal(mode)}, and ${octal(wanted)} keeps others out`;
    const repair = async () => {
      await chmod(path, wanted);
      return `set to ${octal(wanted)}`;
    };
    open.push({ ...problem("secrets", words, `chmod ${octal(wanted)} ${path}, or --fix.`), repair });
  }
  return open.length > 0 ? open : [ok("secrets", `${files} files that only you can read`)];
}

function wantedMode([top, service, ...rest]: readonly string[], isFolder: boolean): number {
  const isCertificate = top === CERTIFICATES_FOLDER && service !== undefined && service !== AUTHORITIES;
  if (isFolder) return isCertificate && rest.length === 0 ? OPEN_FOLDER : FOLDER_MODE;
  const isMounted = (top === SECRET_FILES_FOLDER && service !== undefined) || (isCertificate && rest.length > 0);
  return isMounted ? MOUNTED_MODE : FILE_MODE;
}

async function checkTemporary({ folder }: Wanted): Promise<readonly Finding[]> {
  const entries = await pathsBelow(folder.root);
  const left = entries.filter(isTemporary);
  const owner = await lockOwner(folder.lock);
  if (left.length === 0 || owner?.alive) return [ok("temporary files", "none")];
  const found = warning(
    "temporary files",
    `a killed run left ${left.join(", ")}`,
    "They do no harm; --fix removes them.",
  );
  const repair = async () => {
    const lock = await takeLock(folder.lock, "doctor"); // a run that begins now has its own temporary files
    try {
      for (const path of left) await rm(folder.file(path), { force: true });
    } finally {
      await lock.release();
    }
    return `removed ${left.length}`;
  };
  return [{ ...found, repair }];
}

async function checkContainers(wanted: Wanted, { engine }: FoundEngine): Promise<readonly Finding[]> {
  const containers = await engine.containers(projectName(wanted.stack));
  const known = new Set(wanted.services.flatMap(({ instances }) => instances));
  const strange = containers.filter(({ instance }) => !known.has(instance));
  const dead = containers.filter(({ state, instance }) => known.has(instance) && state !== "running");
  const findings = [
    ...strange.map(({ instance, state }) =>
      warning(
        "containers",
        `${instance} (${state}) is not in the profile`,
        "`npm run up` removes it; its volumes stay.",
      ),
    ),
    ...dead.map(({ instance, state, exitCode, outOfMemory }) =>
      warning(
        "containers",
        `${instance} is ${state}${exitCode === undefined ? "" : ` with code ${exitCode}`}${outOfMemory ? ", out of memory" : ""}`,
        `Look at its log: npm run logs -- ${instance}. \`npm run up\` starts it.`,
      ),
    ),
  ];
  const guests = await engine.guestContainers(projectName(wanted.stack));
  const yours = guests.map(({ name }) => ok("containers", `${name} was not made by Plumbline; it is left alone`));
  const strays = await strayContainers(engine);
  const all = [...findings, ...strays];
  return all.length > 0
    ? [...all, ...yours]
    : [ok("containers", `${containers.length} of this stack, all of the profile`), ...yours];
}

async function strayContainers(engine: Pick<Engine, "strays" | "remove">): Promise<readonly Finding[]> {
  return (await engine.strays()).map(({ id, name }) => ({
    ...warning("containers", `${name} was left by a killed run`, `docker rm ${name}, or --fix.`),
    repair: async () => {
      await engine.remove(id);
      return "removed";
    },
  }));
}

async function checkVolumes(wanted: Wanted, { engine }: FoundEngine): Promise<readonly Finding[]> {
  await refuseForeignStack(engine, wanted); // SECRETS_LOST becomes a problem
  const project = projectName(wanted.stack);
  const { own } = await volumesIn(engine, project, wanted);
  return [ok("volumes", `${own.length} of this stack, with their credentials`)];
}
