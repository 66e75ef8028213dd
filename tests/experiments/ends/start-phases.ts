/** The first phases of every command: loading, and installing the packages in a fresh clone. */
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { processStart, processWorld } from "../../../stack/host/process-identity.mjs";
import { stackFolder } from "../../../stack/records/folder.ts";
import { newStack } from "./engine-phases.ts";
import { familyOf, isCommand } from "./family.ts";
import type { Phase } from "./phase.ts";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
const LOCK = JSON.stringify({ packages: { "": {}, "node_modules/a": { version: "1.0.0" } } });

/** Stands for npm, and for an npm that starts something that does not end. */
const NPMS = {
  "npm ci": `import { writeFileSync } from "node:fs"; writeFileSync("busy", ""); setTimeout(() => {}, 600_000);`,
  "npm ci that ignores SIGTERM": `
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => {});
spawn("sh", ["-c", "trap '' TERM INT HUP; while :; do sleep 1; done"], { stdio: "ignore" });
writeFileSync("busy", "");
setTimeout(() => {}, 600_000);`,
} as const;
const QUICK = `import { mkdirSync, writeFileSync } from "node:fs"; mkdirSync("node_modules", { recursive: true });
writeFileSync("node_modules/.package-lock.json", ${JSON.stringify(LOCK)});`;

interface Clone {
  readonly folder: string;
  readonly close: () => Promise<void>;
}

/** A clone without packages, whose command only installs them. `npm`: the text of the program that stands for npm. */
async function cloneWith(npm: string): Promise<Clone> {
  const clone = await mkdtemp(join(tmpdir(), "plumbline-ends-clone-"));
  await cp(join(PROJECT, "scripts"), join(clone, "scripts"), { recursive: true });
  for (const file of ["foreign-variables.mjs", "process-identity.mjs"])
    await cp(join(PROJECT, "stack/host", file), join(clone, "stack/host", file));
  const scripts = { up: "npm_execpath=$PWD/npm.mjs node scripts/bootstrap.mjs" };
  const manifest = { type: "module", engines: { node: ">=20.12" }, scripts };
  await writeFile(join(clone, "package.json"), JSON.stringify(manifest));
  await writeFile(join(clone, "package-lock.json"), LOCK);
  await writeFile(join(clone, "npm.mjs"), npm);
  return { folder: clone, close: () => rm(clone, { recursive: true, force: true }) };
}

const installing: readonly Phase[] = Object.entries(NPMS).map(([name, program]) => ({
  command: "any",
  name,
  group: "bootstrap",
  open: async () => {
    const { folder, close } = await cloneWith(program);
    return {
      args: ["up"],
      cwd: folder,
      env: {},
      reached: () => existsSync(join(folder, "busy")),
      folder: join(folder, ".plumbline"),
      next: { args: ["up"], codes: [0] },
      recover: () => writeFile(join(folder, "npm.mjs"), QUICK),
      close,
    };
  },
}));

/** The record of an installer that lives: this process. */
const waiting: Phase = {
  command: "any",
  name: "installation of another command",
  group: "bootstrap",
  open: async () => {
    const { folder, close } = await cloneWith(QUICK);
    const record = join(folder, ".plumbline", "npm-ci.pid");
    await mkdir(dirname(record));
    await writeFile(
      record,
      JSON.stringify({ pid: process.pid, started: processStart(process.pid), ...processWorld() }),
    );
    return {
      args: ["up"],
      cwd: folder,
      env: {},
      reached: (said) => said.includes("Waiting for the installation"),
      folder: dirname(record),
      next: { args: ["up"], codes: [0] },
      recover: () => rm(record, { force: true }),
      close,
    };
  },
};

/** Commands that are over soon: they are ended while they load, as soon as their process is there. */
const LOADED: readonly (readonly string[])[] = [
  ["env"],
  ["explain"],
  ["report"],
  ["plan"],
  ["status"],
  ["baseline", "show"],
  ["baseline", "lint"],
  ["images"],
  ["logs"],
  ["up", "--help"],
];

const loading: readonly Phase[] = LOADED.map(([command = "", ...flags]) => ({
  command: [command, ...flags].join(" "),
  name: "loads",
  group: "start",
  open: async () => {
    const stack = newStack();
    const { root } = stackFolder(stack);
    return {
      args: [command, "--", ...flags, "--stack", stack],
      env: { DOCKER_HOST: "unix:///nonexistent/docker.sock" },
      reached: async (_, mark) => (await familyOf(mark)).some(isCommand),
      folder: root,
      // Without a stack and an engine they say so, at once.
      results: [1, 2],
      close: () => rm(root, { recursive: true, force: true }),
    };
  },
}));

export const startPhases: readonly Phase[] = [...loading, ...installing, waiting];
