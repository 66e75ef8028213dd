/** Phases that a fake Colima brings about: it hangs while it boots, after it did, and while it is asked. */
import { rm } from "node:fs/promises";
import { stackFolder } from "../../../stack/records/folder.ts";
import { FakeColima } from "../../support/fake-colima/fake.ts";
import { DockerServer } from "../../support/fakes/docker-server.ts";
import { newStack, STATUS_CODES } from "./engine-phases.ts";
import type { Phase, Scene } from "./phase.ts";
import { PROJECT } from "../../support/live/cli.ts";

const NEVER_MS = 600_000;
const SIZE = ["--cpu", "2", "--memory", "4", "--disk", "20", "--activate=false", "--ssh-config=false"];
const UP = ["minimal", "--no-bench", "--no-provision", "--yes"];

const ASKING: readonly (readonly string[])[] = [
  ["up", ...UP],
  ["switch", ...UP.slice(0, 1), "--yes"],
  ["status"],
  ["verify"],
  ["doctor"],
  ["plan", "--profile", "minimal"],
  ["bench"],
  ["logs"],
  ["down", "--machine", "--yes"],
  ["destroy", "--machine", "--yes"],
];

interface Made {
  readonly colima: FakeColima;
  readonly engine: DockerServer;
  readonly machine: string;
}

async function scene(args: readonly string[], prepare: (made: Made) => Promise<() => boolean>): Promise<Scene> {
  const [command = "", ...flags] = args;
  const engine = await DockerServer.create();
  const colima = await FakeColima.create({ engineSocket: engine.socket });
  const stack = newStack();
  const reached = await prepare({ colima, engine, machine: `plumbline-${stack}` });
  const runtime = ["--stack", stack, "--runtime", "colima"];
  const folder = stackFolder(stack).root;
  return {
    args: [command, "--", ...flags, ...runtime],
    env: colima.env,
    reached,
    folder,
    outlives: /^(sh -c )?sleep /, // forwards the socket later
    next: { args: ["status", "--", ...runtime], codes: STATUS_CODES },
    close: async () => {
      await colima.remove();
      await engine.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const colimaPhases: readonly Phase[] = [
  {
    command: "up",
    name: "machine boots",
    group: "colima",
    open: () =>
      scene(["up", ...UP], async ({ colima, machine }) => {
        colima.inject({ kind: "hang" });
        return () => colima.state(machine).lima !== undefined;
      }),
  },
  {
    command: "up",
    name: "engine of the machine waited for",
    group: "colima",
    open: () =>
      scene(["up", ...UP], async ({ colima, machine }) => {
        colima.inject({ kind: "slow-socket", delayMs: NEVER_MS });
        return () => colima.state(machine).vm?.runtime === "docker";
      }),
  },
  ...ASKING.map((args): Phase => ({
    command: args[0] ?? "",
    name: "guest hangs",
    group: "colima",
    open: () =>
      scene(args, async ({ colima, engine, machine }) => {
        await colima.run(["start", machine, ...SIZE, "--mount", `${PROJECT}:w`]);
        colima.inject({ kind: "unresponsive", profile: machine });
        engine.silent = true;
        return () => engine.held;
      }),
  })),
];
