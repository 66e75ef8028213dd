import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outcome } from "./fake.ts";

/** A Colima that the contract is checked on: the fake one, or a real one in a home of its own. */
export interface Subject {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  run(argv: readonly string[]): Promise<Outcome>;
  limactl(argv: readonly string[]): Promise<Outcome>;
  remove(): Promise<void>;
}

/** A first start downloads an image and boots twice; software emulation took 210 s (COLIMA.md section 9). */
export const realCommandLimitMs = 15 * 60_000;

/** The `colima` at this path, with the `limactl` and `docker` of PATH. */
export async function realColima(binary: string): Promise<Subject> {
  const directory = await mkdtemp(join(existsSync("/tmp") ? "/tmp" : tmpdir(), "rc-"));
  const home = join(directory, "h");
  const env = { COLIMA_HOME: home, DOCKER_CONFIG: join(directory, "docker") };
  for (const folder of [home, env.DOCKER_CONFIG]) await mkdir(folder);
  const lima = { ...env, LIMA_HOME: join(home, "_lima") };
  const subject: Subject = {
    home,
    env,
    run: async (argv) => outcome(binary, argv, env),
    limactl: async (argv) => outcome("limactl", argv, lima),
    remove: async () => {
      for (const profile of ["dev", "default"]) {
        await subject.run(["stop", "--force", profile]);
        await subject.run(["delete", "--force", "--data", profile]);
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
  return subject;
}

async function outcome(
  program: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const options = { env: { ...process.env, ...env }, timeout: realCommandLimitMs };
  return new Promise((resolve) => {
    const child = execFile(program, [...argv], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
    child.stdin?.end();
  });
}
