/** The command line of mmdebstrap that makes a base image. Nothing in it is secret. */
import { join } from "node:path";
import { dayOf } from "./newer/age.ts";
import type { Suite } from "../core/service/image.ts";
import { DEBIAN_KEYRING } from "./needs.ts";
import { BASE_FOLDER } from "./recipe.ts";

interface Bootstrap {
  readonly suite: Suite;
  /** Addresses, and lines as in sources.list. */
  readonly mirrors: readonly string[];
  readonly tar: string;
  readonly options: readonly string[];
  readonly ca: string | undefined;
  /** Path of apt's file of logins. */
  readonly auth: string | undefined;
}

/** Returns the command line. The apt and dpkg options stay in the image, and so apply to the recipes too. */
export function mmdebstrap({ suite, mirrors, tar, options, ca, auth }: Bootstrap): readonly string[] {
  const apt = [
    'APT::Install-Recommends "false"',
    'Acquire::Languages "none"',
    'Acquire::Retries "3"',
    'Acquire::http::Timeout "30"',
    ...options,
  ];
  const unwanted = ["man", "locale", "doc", "info", "lintian"];
  return [
    "mmdebstrap",
    "--variant=minbase",
    "--format=tar",
    `--keyring=${DEBIAN_KEYRING}`,
    ...(mirrors.some((mirror) => mirror.includes("https:")) ? ["--include=ca-certificates"] : []),
    ...apt.map((option) => `--aptopt=${option}`),
    ...(ca === undefined ? [] : [`--aptopt=Acquire::https::CaInfo "${ca}"`]),
    "--dpkgopt=force-unsafe-io", // an image is complete or thrown away, so none of its files needs an fsync
    ...unwanted.map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
    upload("install.sh", "/usr/local/sbin/plumbline-install"),
    '--customize-hook=mkdir -p "$1/usr/local/lib/plumbline"',
    upload("entry.sh", "/usr/local/lib/plumbline/entry.sh"),
    '--customize-hook=chmod 0755 "$1/usr/local/sbin/plumbline-install"',
    '--customize-hook=chmod 0644 "$1/usr/local/lib/plumbline/entry.sh"',
    // The path of a file on this host does not exist inside the image, and later installations check the date themselves.
    '--customize-hook=sed -i -e /CaInfo/d -e /Check-Valid-Until/d "$1/etc/apt/apt.conf.d/99mmdebstrap"',
    SHOW_INDEX_DATES,
    ...(auth === undefined ? [] : withLogins(auth)),
    suite,
    tar,
    ...mirrors,
  ];
}

const INDEX_DATE = "plumbline index date: ";

/** mmdebstrap removes the indexes after the hooks, so their dates are printed before. */
const SHOW_INDEX_DATES = `--customize-hook=sed -n "s/^Date: /${INDEX_DATE}/p" "$1"/var/lib/apt/lists/*Release >&2 || true`;

/** Returns the day of the newest package index, "2026-11-29", by what mmdebstrap printed. */
export function indexDateIn(output: string): string | undefined {
  const times = output.split("\n").flatMap((line) => {
    const at = line.startsWith(INDEX_DATE) ? Date.parse(line.slice(INDEX_DATE.length)) : Number.NaN;
    return Number.isNaN(at) ? [] : [at];
  });
  return times.length === 0 ? undefined : dayOf(new Date(Math.max(...times)));
}

const AUTH_IN_IMAGE = "/etc/apt/auth.conf";

/**
 * Returns hooks that give apt the logins while it runs. The file is in the new root, and only for that time: without
 * root, mmdebstrap runs apt as a user who may not read a file of mode 0600 of this host. It must be there to be removed,
 * so no image is made that keeps it.
 */
function withLogins(auth: string): readonly string[] {
  return [
    `--setup-hook=install -m 0600 /dev/null "$1${AUTH_IN_IMAGE}"`,
    `--setup-hook=upload '${auth}' ${AUTH_IN_IMAGE}`,
    `--customize-hook=rm "$1${AUTH_IN_IMAGE}"`,
  ];
}

/** Returns a hook that copies a file of this host into the image. */
function upload(file: string, path: string): string {
  return `--customize-hook=upload '${join(BASE_FOLDER, file)}' ${path}`;
}
