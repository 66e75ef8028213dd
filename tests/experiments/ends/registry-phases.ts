/** Logins for a registry that do not come: a helper that hangs and ignores signals, and a file that cannot be read. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stackFolder } from "../../../stack/records/folder.ts";
import { makePipe } from "../../support/host/pipe.ts";
import { familyOf, isCommand } from "./family.ts";
import { REDIS_ONLY } from "../../support/live/profiles.ts";
import { make, unmake, UP } from "./live-phases.ts";
import type { Phase } from "./phase.ts";

const HELPER = `#!/bin/sh
trap '' TERM INT HUP
echo > "$DOCKER_CONFIG/asked"
while :; do sleep 1; done
`;

interface Logins {
  readonly name: string;
  readonly configure: (folder: string) => Promise<void>;
  readonly reached: (folder: string, mark: string) => boolean | Promise<boolean>;
}

const LOGINS: readonly Logins[] = [
  {
    name: "credential helper that ignores signals",
    configure: async (folder) => {
      await writeFile(join(folder, "config.json"), JSON.stringify({ credsStore: "hangs" }));
      await writeFile(join(folder, "docker-credential-hangs"), HELPER, { mode: 0o755 });
    },
    reached: (folder) => existsSync(join(folder, "asked")),
  },
  {
    name: "file of logins that hangs",
    configure: async (folder) => makePipe(join(folder, "config.json")),
    reached: (_, mark) => waitsForPipe(mark),
  },
];

export const registryPhases: readonly Phase[] = LOGINS.map(({ name, configure, reached }): Phase => ({
  command: "up",
  name,
  group: "registry",
  open: async () => {
    const stack = await make(REDIS_ONLY);
    const folder = await mkdtemp(join(tmpdir(), "plumbline-ends-logins-"));
    await configure(folder);
    return {
      args: ["up", "--", "--profile", stack.profile, ...UP, "--images", "registry", ...stack.flags],
      env: { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env["PATH"] ?? ""}` },
      reached: (_, mark) => reached(folder, mark),
      folder: stackFolder(stack.stack).root,
      recover: () => rm(join(folder, "config.json")),
      next: { args: ["up", "--", "--profile", stack.profile, ...UP, ...stack.flags], codes: [0] },
      close: async () => {
        await unmake(stack);
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
}));

/** Returns whether a thread of the command waits for a named pipe to be opened by somebody else. */
async function waitsForPipe(mark: string): Promise<boolean> {
  const pid = (await familyOf(mark)).find(isCommand)?.pid;
  if (pid === undefined) return false;
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const waits = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/wchan`, "utf8").catch(() => "")),
  );
  return waits.some((place) => /fifo|wait_for_partner/.test(place));
}
