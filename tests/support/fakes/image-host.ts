/** A computer in memory on which mmdebstrap can be there or not, and mirrors can be stale or down. */
import { bytes } from "../../../stack/core/units.ts";
import type { Host } from "../../../stack/host/host.ts";
import type { RunResult } from "../../../stack/host/run.ts";

export interface FakeHost extends Host {
  readonly files: Map<string, string>;
  readonly commands: Set<string>;
  /** Suites whose index is past its date. */
  readonly stale: Set<string>;
  /** What mmdebstrap says instead of working; undefined while it works. */
  failure: string | undefined;
}

export const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

export function fakeHost(parts: { readonly isRoot?: boolean; readonly env?: Host["env"] } = {}): FakeHost {
  const files = new Map<string, string>([[KEYRING, "keys"]]);
  const commands = new Set(["apt-get", "mmdebstrap"]);
  const host: FakeHost = {
    files,
    commands,
    stale: new Set(),
    failure: undefined,
    platform: "linux",
    architecture: "x64",
    cpus: 2,
    memory: bytes(8_000_000_000),
    home: "/root",
    isRoot: parts.isRoot ?? true,
    hasTerminal: false,
    env: parts.env ?? {},
    run: async (argv) => mmdebstrap(argv, host),
    launch: async () => undefined,
    which: async (command) => (commands.has(command) ? `/usr/bin/${command}` : undefined),
    read: async (path) => files.get(path),
    write: async (path, text) => {
      files.set(path, text);
    },
    makeFolder: async () => {},
    list: async (folder) =>
      [...files.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1)),
    kind: async (path) => (files.has(path) ? "file" : "absent"),
    link: async () => {},
    remove: async (path) => {
      files.delete(path);
    },
    sleep: async () => {},
  };
  return host;
}

function mmdebstrap(argv: readonly string[], host: FakeHost): RunResult {
  if (host.failure !== undefined) return failed(host.failure);
  const suite = argv.find((word) => word === "sid" || word === "trixie") ?? "";
  const checksDate = !argv.includes('--aptopt=Acquire::Check-Valid-Until "false"');
  if (host.stale.has(suite) && checksDate) {
    return failed(
      `E: Release file for http://mirror/dists/${suite}/InRelease is expired (invalid since 17d 18h 27min 53s). Updates for this repository will not be applied.`,
    );
  }
  return { ended: "exited", ok: true, exitCode: 0, stdout: "", stderr: "I: success" };
}

function failed(stderr: string): RunResult {
  return { ended: "exited", ok: false, exitCode: 25, stdout: "", stderr };
}
