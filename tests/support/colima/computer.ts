/** The command line as a process, on a computer whose Colima is a fake. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, onTestFinished } from "vitest";
import { z } from "zod";
import { stackFolder } from "../../../stack/records/folder.ts";
import { renderCompose } from "../../../stack/render/compose.ts";
import { shippedStack } from "../core/stack.ts";
import { FakeColima } from "../fake-colima/fake.ts";
import { DockerServer } from "../fakes/docker-server.ts";

export const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
/** Of one test: several commands, each a process that loads everything anew. */
export const TIMEOUT_MS = 180_000;

let count = 0;

/**
 * A computer with the fake Colima and an engine behind its socket, and a stack with a name of its own. All of it is removed
 * after the test.
 */
export async function computer(env: Readonly<Record<string, string>> = {}) {
  const engine = await DockerServer.create();
  const colima = await FakeColima.create({ engineSocket: engine.socket });
  const stack = `colima-${process.pid}-${(count += 1)}`;
  const folder = stackFolder(stack);
  onTestFinished(async () => {
    await colima.remove();
    await engine.remove();
    await rm(folder.root, { recursive: true, force: true });
  });
  const machine = `plumbline-${stack}`;
  const start = (command: string, ...args: readonly string[]) =>
    execa("node", ["scripts/bootstrap.mjs", `scripts/${command}.ts`, "--stack", stack, "--json", ...args], {
      cwd: PROJECT,
      env: { ...colima.env, ...env },
      reject: false,
      stdin: "ignore",
      timeout: TIMEOUT_MS,
    });
  const by = async (command: string, ...args: readonly string[]) => {
    const { exitCode, stdout } = await start(command, "--runtime", "colima", ...args);
    return { exitCode, document: z.looseObject({}).parse(JSON.parse(stdout)) };
  };
  /** The machine of the profile `minimal`. */
  const made = async (...flags: readonly string[]) => {
    const size = ["--cpu", "2", "--memory", "4", "--disk", "20", "--activate=false", "--ssh-config=false"];
    expect(await colima.run(["start", machine, "--mount", `${PROJECT}:w`, ...size, ...flags])).toMatchObject({
      code: 0,
    });
  };
  /** As after an `up` whose containers have exited since. */
  const broughtUp = async (runtime?: string) => {
    const text = renderCompose(await shippedStack("minimal", { stack }), runtime);
    await mkdir(dirname(folder.composeFile), { recursive: true });
    await writeFile(folder.composeFile, text);
  };
  /** The guest of the machine hangs from now on, and with it its engine. */
  const hang = () => {
    colima.inject({ kind: "unresponsive", profile: machine });
    engine.silent = true;
  };
  return { engine, colima, stack, machine, start, by, made, hang, broughtUp };
}

/** A machine whose guest hangs, and with it its engine. */
export async function hanging() {
  const found = await computer();
  await found.made();
  found.hang();
  return found;
}
