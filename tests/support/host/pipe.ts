import { spawnSync } from "node:child_process";

/** Makes a named pipe, which no reader of files gets to the end of. */
export function makePipe(path: string): void {
  const { status, stderr } = spawnSync("sh", ["-c", 'exec mkfifo "$0"', path], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}
