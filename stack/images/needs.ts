/** What this computer needs to make images from Debian's packages. */
import type { Host } from "../host/host.ts";

/** Debian's archive keys. On every kind of host, packages are accepted only if one of these keys signed them. */
export const DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

type NeedsHost = Pick<Host, "which" | "kind" | "isRoot">;

/** Returns the missing apt packages; empty if everything is installed. Only meaningful on hosts with apt. */
export async function debianBuildNeeds(host: NeedsHost): Promise<readonly string[]> {
  const missing: string[] = [];
  if ((await host.which("mmdebstrap")) === undefined) missing.push("mmdebstrap");
  if ((await host.kind(DEBIAN_KEYRING)) === "absent") missing.push("debian-archive-keyring");
  // Without root, mmdebstrap works in a user namespace, which newuidmap sets up.
  if (!host.isRoot && (await host.which("newuidmap")) === undefined) missing.push("uidmap");
  return missing;
}

export interface Obstacle {
  readonly reason: string;
  readonly fix: string;
}

/** Returns why images cannot be made here, or undefined if they can. */
export async function debianBuildObstacle(host: NeedsHost): Promise<Obstacle | undefined> {
  if ((await host.which("apt-get")) === undefined) {
    return {
      reason: "images are made from Debian's packages by mmdebstrap, which needs a host with apt",
      fix: "Give the engine access to a registry (a mirror is named by PLUMBLINE_REGISTRY_MIRRORS), or make the images on a Debian or Ubuntu host and load them with `docker load`.",
    };
  }
  const missing = await debianBuildNeeds(host);
  if (missing.length === 0) return undefined;
  return {
    reason: `making images from Debian's packages needs ${missing.join(", ")}`,
    fix: `Run \`sudo apt-get install ${missing.join(" ")}\`.`,
  };
}
