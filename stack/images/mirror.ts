/** Finds the mirror for Debian's packages on this computer. */
import { join } from "node:path";
import { SUITES, type Suite } from "../core/service/image.ts";
import { withoutUserinfo, type Login } from "../core/userinfo.ts";
import type { Host } from "../host/host.ts";

const APT_FOLDER = "/etc/apt";

type MirrorHost = Pick<Host, "env" | "read" | "list">;

/** Debian's own mirror, the one that mmdebstrap uses where none is named. */
export const DEBIAN_MIRROR = "http://deb.debian.org/debian";

/** Where a suite's packages are; without a mirror mmdebstrap uses Debian's own. */
export interface Mirrors {
  /** Without userinfo. */
  readonly main: string | undefined;
  /** Where its security updates are, without userinfo; undefined if it has none, or mmdebstrap adds them by itself. */
  readonly security: string | undefined;
  /** True if nobody has named that place: it is where Debian's own servers have it. */
  readonly isSecurityGuessed: boolean;
  /** Why nobody knows where its security updates are; undefined if it is known, or if it has none. */
  readonly noSecurity: string | undefined;
  /** What the addresses had as userinfo, for apt's file of logins. */
  readonly logins: readonly Login[];
}

/**
 * Resolves the mirrors of a suite. Rejects with WRONG_USAGE if one has userinfo that apt cannot use. `otherwise`: the
 * mirror where none is known.
 */
export async function mirrorsOf(suite: Suite, host: MirrorHost, otherwise?: string): Promise<Mirrors> {
  const mirror = (await debianMirror(host)) ?? otherwise ?? (wantedSecurity(suite, host) && DEBIAN_MIRROR);
  const security = securityMirror(suite, mirror, host);
  const main = mirror === undefined ? undefined : withoutUserinfo(mirror, "The address of the Debian mirror");
  const updates =
    security === undefined ? undefined : withoutUserinfo(security, "The address of Debian's security updates");
  return {
    main: main?.text,
    security: updates?.text,
    isSecurityGuessed: updates !== undefined && wantedSecurity(suite, host) === undefined,
    noSecurity:
      suite === "sid" || main === undefined || updates !== undefined
        ? undefined
        : `none are known beside ${main.text}; PLUMBLINE_DEBIAN_SECURITY_MIRROR names their place`,
    logins: [...(main?.logins ?? []), ...(updates?.logins ?? [])],
  };
}

/** Resolves the logins of all suites' mirrors. */
export async function mirrorLogins(host: MirrorHost): Promise<readonly Login[]> {
  return (await Promise.all(SUITES.map((suite) => mirrorsOf(suite, host)))).flatMap(({ logins }) => logins);
}

/**
 * PLUMBLINE_DEBIAN_MIRROR decides alone. Otherwise, on Debian, the computer's own mirror, which is known to work.
 * Returns undefined elsewhere; mmdebstrap then uses Debian's own. The address may have userinfo.
 */
export async function debianMirror(host: MirrorHost): Promise<string | undefined> {
  const wanted = host.env["PLUMBLINE_DEBIAN_MIRROR"];
  if (wanted) return wanted;
  const release = (await host.read("/etc/os-release")) ?? "";
  const codename = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(release)?.[1];
  if (codename === undefined || !/^ID="?debian"?$/m.test(release)) return undefined;
  const folder = join(APT_FOLDER, "sources.list.d");
  const files = (await host.list(folder)).toSorted().map((name) => join(folder, name));
  for (const path of [join(APT_FOLDER, "sources.list"), ...files]) {
    const text = (await host.read(path)) ?? "";
    const mirror = path.endsWith(".sources") ? mirrorOfStanzas(text, codename) : mirrorOfLines(text, codename);
    if (mirror !== undefined) return mirror;
  }
  return undefined;
}

/** Parses the deb822 format. Source: sources.list(5), "DEB822-STYLE FORMAT". */
function mirrorOfStanzas(text: string, codename: string): string | undefined {
  for (const stanza of text.split(/\n\s*\n/)) {
    const words = (field: string) =>
      new RegExp(`^${field}:[ \\t]*(.*)$`, "im").exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
    if (words("Enabled")[0] === "no" || !words("Types").includes("deb") || !words("Suites").includes(codename))
      continue;
    const uri = words("URIs").find(isWeb);
    if (uri !== undefined) return uri;
  }
  return undefined;
}

/** Parses "deb [options] uri suite components". Source: sources.list(5), "ONE-LINE-STYLE FORMAT". */
function mirrorOfLines(text: string, codename: string): string | undefined {
  for (const line of text.split("\n")) {
    const found = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/.exec(line);
    const [, uri, suite] = found ?? [];
    if (uri !== undefined && suite === codename && isWeb(uri)) return uri;
  }
  return undefined;
}

/** A container cannot reach sources on a disc or in a folder. */
function isWeb(uri: string): boolean {
  return /^https?:\/\//.test(uri);
}

/**
 * Returns where a suite's security updates are, for a mirror that is named; mmdebstrap adds them by itself to its own.
 * A place that is named decides alone; otherwise it is beside the mirror, as on Debian's own servers.
 */
function securityMirror(suite: Suite, mirror: string | undefined, host: Pick<Host, "env">): string | undefined {
  if (suite === "sid" || mirror === undefined) return undefined;
  const beside = /\/debian\/?$/.test(mirror) ? mirror.replace(/\/debian\/?$/, "/debian-security") : undefined;
  return wantedSecurity(suite, host) ?? beside;
}

/** Unstable has no security updates: fixes go into it directly. */
function wantedSecurity(suite: Suite, { env }: Pick<Host, "env">): string | undefined {
  return suite === "sid" ? undefined : env["PLUMBLINE_DEBIAN_SECURITY_MIRROR"] || undefined;
}
