/** Phases of an installation on a Debian system, with programs that stand for docker, apt, dpkg and mmdebstrap. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stackFolder } from "../../../stack/records/folder.ts";
import { DockerServer } from "../../support/fakes/docker-server.ts";
import { newStack, STATUS_CODES } from "./engine-phases.ts";
import type { Phase, Scene } from "./phase.ts";

/** Ignores what ends others, and what it starts does so too. */
const HANGS = `trap '' TERM INT HUP; echo > "$FAKES/asked"; while :; do sleep 1; done`;
const COMPOSE = `echo 2.39.0`;
const NO_COMPOSE = `exit 1`;

/** The programs by their names, each the lines of a shell script. */
type Programs = Readonly<Record<string, string>>;

/** What apt and dpkg say before they are asked to change something. */
const KNOWN: Programs = {
  "apt-cache": `printf '%s:\\n  Candidate: 5:28.0.0\\n' "$2"`,
  "dpkg-query": `echo installed`,
  "apt-get": `exit 0`,
};

interface Installation {
  readonly name: string;
  readonly programs: Programs;
}

const INSTALLATIONS: readonly Installation[] = [
  { name: "docker compose version", programs: { docker: HANGS } },
  { name: "apt-cache", programs: { docker: NO_COMPOSE, "apt-cache": HANGS } },
  { name: "apt-get update", programs: { docker: NO_COMPOSE, "apt-get": HANGS } },
  {
    name: "package lists locked by another apt",
    programs: {
      docker: NO_COMPOSE,
      "apt-get": `echo > "$FAKES/asked"; echo "E: Could not get lock /var/lib/apt/lists/lock" >&2; exit 100`,
    },
  },
  {
    name: "apt-get install",
    programs: { docker: NO_COMPOSE, "apt-get": `case "$*" in *install*) ${HANGS};; esac` },
  },
  {
    name: "dpkg --configure",
    programs: {
      docker: NO_COMPOSE,
      "apt-get": `case "$*" in *install*) echo "E: run 'dpkg --configure -a'" >&2; exit 100;; esac`,
      dpkg: HANGS,
    },
  },
  { name: "base image of a build", programs: { docker: COMPOSE, mmdebstrap: HANGS } },
];

export const provisionPhases: readonly Phase[] = INSTALLATIONS.map(({ name, programs }): Phase => ({
  command: "up",
  name,
  group: "provision",
  open: async (): Promise<Scene> => {
    const engine = await DockerServer.create();
    const fakes = await mkdtemp(join(tmpdir(), "plumbline-ends-programs-"));
    const all = { ...KNOWN, "docker-compose": NO_COMPOSE, ...programs };
    for (const [program, lines] of Object.entries(all))
      await writeFile(join(fakes, program), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
    const stack = newStack();
    const folder = stackFolder(stack).root;
    const runtime = ["--runtime", "engine", "--stack", stack];
    return {
      args: ["up", "--", "minimal", "--no-bench", "--yes", "--images", "debian", ...runtime],
      env: { DOCKER_HOST: engine.address, FAKES: fakes, PATH: `${fakes}:${process.env["PATH"] ?? ""}` },
      reached: () => existsSync(join(fakes, "asked")),
      folder,
      next: { args: ["status", "--", ...runtime], codes: STATUS_CODES },
      close: async () => {
        await engine.remove();
        await rm(fakes, { recursive: true, force: true });
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
}));
