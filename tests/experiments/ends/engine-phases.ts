/** Phases that a fake engine brings about: it takes a question and never answers. */
import { rm } from "node:fs/promises";
import { stackFolder } from "../../../stack/records/folder.ts";
import { DockerServer } from "../../support/fakes/docker-server.ts";
import type { Phase, Scene } from "./phase.ts";

let count = 0;

export function newStack(prefix = "ends"): string {
  return `${prefix}-${process.pid}-${(count += 1)}`;
}

/** Exit codes of `status` for a stack that is down, or that nothing can say something about. */
export const STATUS_CODES = [0, 1];

/** The commands that ask an engine, with what they need to come so far. */
const ASKING: readonly (readonly string[])[] = [
  ["up", "minimal", "--no-bench", "--yes"],
  ["up", "minimal", "--no-bench", "--json"],
  ["switch", "minimal", "--yes"],
  ["plan", "--profile", "minimal"],
  ["status"],
  ["verify"],
  ["verify", "--watch"],
  ["bench"],
  ["baseline", "record"],
  ["doctor"],
  ["doctor", "--fix"],
  ["logs"],
  ["explain"],
  ["images"],
  ["images", "update"],
  ["down", "--yes"],
  ["destroy", "--yes"],
  ["bench:self"],
  ["bench:switch"],
  ["bench:detection"],
  ["bench:fidelity"],
  ["bench:variance"],
];

const PREFIX: Readonly<Record<string, string>> = {
  "bench:self": "self",
  "bench:switch": "self",
  "bench:detection": "detection",
  "bench:fidelity": "fidelity",
  "bench:variance": "variance",
};

/** A command whose engine takes its question and never answers. */
const silentEngine: readonly Phase[] = ASKING.map(([command = "", ...args]): Phase => ({
  command: [command, ...args.filter((arg) => ["--watch", "--fix", "record", "--json", "update"].includes(arg))].join(
    " ",
  ),
  name: "silent engine",
  group: "engine",
  open: async () => {
    const engine = await DockerServer.create();
    engine.silent = true;
    const stack = newStack(PREFIX[command]);
    return onEngine(engine, stack, [command, "--", ...args], () => engine.held);
  },
}));

/** An `up` whose engine answers until it is asked one thing. */
const silentRequests: readonly Phase[] = [
  { name: "machine facts", path: /^\/info/ },
  { name: "containers of the stack", path: /^\/containers\/json\?.*all=/ },
  { name: "volumes", path: /^\/volumes/ },
  { name: "images", path: /^\/images/ },
].map(({ name, path }): Phase => ({
  command: "up",
  name: `engine silent: ${name}`,
  group: "engine",
  open: async () => {
    const engine = await DockerServer.create();
    engine.silentOn = path;
    return onEngine(engine, newStack(), ["up", "--", "minimal", "--no-bench", "--yes"], () => engine.held);
  },
}));

function onEngine(
  engine: DockerServer,
  stack: string,
  args: readonly string[],
  reached: Scene["reached"],
  env: Scene["env"] = {},
): Scene {
  const folder = stackFolder(stack).root;
  const runtime = ["--runtime", "engine", "--stack", stack];
  return {
    args: [...args, ...runtime],
    env: { DOCKER_HOST: engine.address, ...env },
    reached,
    folder,
    next: { args: ["status", "--", ...runtime], codes: STATUS_CODES },
    recover: () => {
      engine.silent = false;
      engine.silentOn = undefined;
    },
    close: async () => {
      await engine.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const prompts: readonly Phase[] = ["destroy"].map((command): Phase => ({
  command,
  name: "question",
  group: "prompt",
  asks: true,
  open: async () => {
    const engine = await DockerServer.create();
    const stack = newStack();
    engine.containers = [{ id: "0123456789ab", stack, service: "redis" }];
    return onEngine(engine, stack, [command, "--"], (said) => said.includes("for good"));
  },
}));

export const enginePhases: readonly Phase[] = [...silentEngine, ...silentRequests, ...prompts];
