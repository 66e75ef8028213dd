/** Error texts of Colima and Lima with a known remedy, and how their programs are installed here. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Host } from "../../host/host.ts";
import type { Place } from "./place.ts";

type Remedy = (host: RemedyHost, output: string) => string;
type RemedyHost = Pick<Host, "platform" | "home" | "env">;

const REMEDIES: readonly (readonly [pattern: RegExp, remedy: Remedy])[] = [
  [/must not run as the root user/, () => "Lima refuses root: run Plumbline as an ordinary user."],
  [/lima not found/, (host) => installFix(host, "lima")],
  [/docker not found/, (host) => installFix(host, "docker")],
  [/qemu-img not found/, (host) => installFix(host, "qemu-img")],
  [/minimum Lima version/, (host) => `${installFix(host, "lima")} A newer version is needed.`],
  [/image download|DNS lookup failed|hash failure/, imageFix],
  [/UNIX_PATH_MAX/, () => "Set COLIMA_HOME to a folder with a shorter path, such as ~/.colima."],
  [/Could not access KVM/, () => "Let your user use KVM: `sudo usermod -aG kvm $USER`, then log in again."],
  [/no space left on device/i, () => "Make room on the disk of this computer, then run the same command again."],
];

/** Returns what to do about the output of a failed command. */
export function remedyFor(output: string, host: RemedyHost, place: Place): string {
  const known = REMEDIES.find(([pattern]) => pattern.test(output));
  if (known) return known[1](host, output);
  return (
    "Run the same command again; if it fails again: " +
    `\`LIMA_HOME=${place.limaHome} limactl stop --force ${place.id}\`, then try once more.`
  );
}

/** Packages of Homebrew, and the same for Linux, where Colima's own page says how. */
const PACKAGES = {
  colima: {
    brew: "colima docker docker-compose",
    linux: "Install Colima and Lima from the archives of their releases",
  },
  lima: { brew: "lima", linux: "Install Lima from the archive of its release, which has `lima` and `limactl`" },
  limactl: { brew: "lima", linux: "Install Lima from the archive of its release, which has `lima` and `limactl`" },
  docker: {
    brew: "docker docker-compose",
    linux: "Install Docker's command line client with your package manager (Debian and Ubuntu: `docker-cli`)",
  },
  "qemu-img": {
    brew: "qemu",
    linux: "Install QEMU with your package manager (Debian and Ubuntu: `qemu-system-x86 qemu-utils`)",
  },
} as const;

export type Program = keyof typeof PACKAGES;

/** Returns how to install a program that Colima needs: Homebrew is a Mac's own way, and rare on Linux. */
export function installFix({ platform }: Pick<Host, "platform">, program: Program): string {
  const { brew, linux } = PACKAGES[program];
  return platform === "darwin" ? `Install it: \`brew install ${brew}\`.` : `${linux}, and put it on PATH.`;
}

/** The pages on which Colima's images are; `colima start --verbose` names the file. */
const IMAGES = "https://github.com/abiosoft/colima-core/releases";

/**
 * Colima looks for an image under the hash of its address before it downloads it (`util/downloader`, CacheFilename), so
 * a file that was brought by other means is found there.
 */
function imageFix(host: RemedyHost, output: string): string {
  const [url] = /https?:\/\/[^\s"'\\]+\.(?:qcow2|raw|img)(?:\.\w+)?/.exec(output) ?? [];
  const caches = join(cacheFolder(host), "caches");
  const file =
    url === undefined
      ? `the image of ${IMAGES} that \`colima start --verbose\` names, as ${join(caches, "<SHA-256 of its address>")}`
      : `${url} as ${join(caches, createHash("sha256").update(url).digest("hex"))}`;
  return [
    "The image of the machine could not be downloaded. See whether the network of this computer works, or do one of these:",
    "- behind a proxy, set HTTPS_PROXY (and COLIMA_DOWNLOADER=curl, if only curl knows the way), then run it again;",
    `- put ${file}, with the ending .raw if it was converted with \`qemu-img convert -O raw\`; COLIMA_CACHE_HOME moves that folder;`,
    "- name a file of this computer in the profile: `machine: {image: /path/of/the/image.qcow2}`.",
  ].join("\n");
}

/** Colima's `config.CacheDir`. */
function cacheFolder({ env, home, platform }: RemedyHost): string {
  const named = env["COLIMA_CACHE_HOME"];
  if (named) return named;
  const base =
    env["XDG_CACHE_HOME"] || (platform === "darwin" ? join(home, "Library", "Caches") : join(home, ".cache"));
  return join(base, "colima");
}
