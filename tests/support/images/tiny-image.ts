/** A small image made of this computer's own shell: live tests need no registry and no network. */
import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";

const PROGRAMS = ["sh", "cat", "sleep", "id", "head", "true"];
const COMMAND_TIMEOUT_MS = 60_000;

/** Imports the image and answers its name, or the reason why it cannot be had. */
export function importTinyImage(name: string): { readonly image: string } | { readonly reason: string } {
  if (process.platform !== "linux") return { reason: "the image is made of this computer's programs: Linux only" };
  const files = new Set(["etc/passwd", "etc/group"]);
  for (const program of PROGRAMS) {
    const path = run("sh", ["-c", `command -v ${program}`]).trim();
    const inPath = path.startsWith("/") ? path : `/bin/${program}`;
    files.add(`bin/${program}`);
    for (const [library] of run("ldd", [realpathSync(inPath)]).matchAll(/\/\S+\.so\S*/g)) files.add(library.slice(1));
  }
  const archive = spawnSync("tar", ["-chf", "-", "-C", "/", ...files], {
    maxBuffer: 2 ** 28,
    timeout: COMMAND_TIMEOUT_MS,
  });
  const imported = spawnSync("docker", ["import", "-", name], { input: archive.stdout, timeout: COMMAND_TIMEOUT_MS });
  return imported.status === 0 ? { image: name } : { reason: `docker import: ${imported.stderr.toString()}` };
}

function run(command: string, args: readonly string[]): string {
  return spawnSync(command, args, { encoding: "utf8", timeout: COMMAND_TIMEOUT_MS }).stdout;
}
