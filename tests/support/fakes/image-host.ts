/** A fake computer on which mmdebstrap can be there or not, and mirrors can be stale or down. */
import type { Host } from "../../../stack/host/host.ts";
import { fakeHost } from "./host.ts";
import type { Answer, FakeHost } from "./host.ts";

export interface ImageHost extends FakeHost {
  readonly commands: Set<string>;
  /** Suites whose index is past its date. */
  readonly stale: Set<string>;
  /** The command lines that were run. */
  readonly ran: (readonly string[])[];
  /** Days for which a stale index is past its date. */
  daysPast: number;
  /** True while the suite of security updates cannot be reached. */
  withoutSecurity: boolean;
  /** What apt says of that suite then. */
  securityFailure: string;
  /** The date of the package index, as in a Release file. */
  indexDate: string;
  /** What mmdebstrap says instead of working; undefined while it works. */
  failure: string | undefined;
}

export const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

export function imageHost(parts: Partial<Pick<Host, "isRoot" | "env">> = {}): ImageHost {
  const commands = new Set(["apt-get", "mmdebstrap"]);
  const host: ImageHost = {
    ...fakeHost({
      ...parts,
      commands,
      answer: (argv) => {
        host.ran.push(argv);
        return mmdebstrap(argv, host);
      },
    }),
    commands,
    stale: new Set(),
    ran: [],
    daysPast: 17,
    withoutSecurity: false,
    securityFailure: "E: Failed to fetch http://mirror/debian-security/dists/trixie-security/InRelease",
    indexDate: "Sat, 28 Nov 2026 20:14:01 UTC",
    failure: undefined,
  };
  host.files.set(KEYRING, "keys");
  return host;
}

function mmdebstrap(argv: readonly string[], host: ImageHost): Answer {
  if (host.failure !== undefined) return failed(host.failure);
  const suite = argv.find((word) => word === "sid" || word === "trixie") ?? "";
  const checksDate = !argv.includes('--aptopt=Acquire::Check-Valid-Until "false"');
  if (host.stale.has(suite) && checksDate) {
    return failed(
      `E: Release file for http://mirror/dists/${suite}/InRelease is expired (invalid since ${host.daysPast}d 18h 27min 53s). Updates for this repository will not be applied.`,
    );
  }
  if (host.withoutSecurity && argv.some((word) => word.includes("-security"))) {
    return failed(host.securityFailure);
  }
  return { stderr: `I: success\nplumbline index date: ${host.indexDate}\nplumbline index date: no date` };
}

function failed(stderr: string): Answer {
  return { exitCode: 25, stderr };
}
