/** The first phases of every command: loading, and installing the packages in a fresh clone. */
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

export const startPhases: readonly Phase[] = Object.entries(NPMS).map(([name, program]) => ({
  command: "any",
  name,
  group: "bootstrap",
  open: async () => {
    const clone = await mkdtemp(join(tmpdir(), "plumbline-ends-clone-"));
    await cp(join(PROJECT, "scripts"), join(clone, "scripts"), { recursive: true });
    for (const file of ["foreign-variables.mjs", "process-identity.mjs"])
      await cp(join(PROJECT, "stack/host", file), join(clone, "stack/host", file));
    const scripts = { up: "npm_execpath=$PWD/npm.mjs node scripts/bootstrap.mjs" };
    const manifest = { type: "module", engines: { node: ">=20.12" }, scripts };
    await writeFile(join(clone, "package.json"), JSON.stringify(manifest));
    await writeFile(join(clone, "package-lock.json"), LOCK);
    await writeFile(join(clone, "npm.mjs"), program);
    return {
      args: ["up"],
      cwd: clone,
      env: {},
      reached: () => existsSync(join(clone, "busy")),
      folder: join(clone, ".plumbline"),
      next: { args: ["up"], codes: [0] },
      recover: () => writeFile(join(clone, "npm.mjs"), QUICK),
      close: () => rm(clone, { recursive: true, force: true }),
    };
  },
}));
