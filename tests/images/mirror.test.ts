import { expect, test } from "vitest";
import { debianMirror } from "../../stack/images/mirror.ts";
import { imageHost } from "../support/fakes/image-host.ts";

const BOOKWORM = "ID=debian\nVERSION_CODENAME=bookworm\n";

test("PLUMBLINE_DEBIAN_MIRROR decides alone", async () => {
  const host = imageHost({ env: { PLUMBLINE_DEBIAN_MIRROR: "http://wanted.example/debian" } });
  host.files
    .set("/etc/os-release", BOOKWORM)
    .set("/etc/apt/sources.list", "deb http://other.example/debian bookworm main\n");
  expect(await debianMirror(host)).toBe("http://wanted.example/debian");
});

test("a Debian host's own mirror is taken, not its security archive, not a disc, not another vendor's", async () => {
  const host = imageHost();
  host.files
    .set("/etc/os-release", BOOKWORM)
    .set(
      "/etc/apt/sources.list.d/debian.sources",
      [
        "Types: deb\nURIs: http://security.example/debian-security\nSuites: bookworm-security\nComponents: main",
        "Enabled: no\nTypes: deb\nURIs: http://disabled.example/debian\nSuites: bookworm\nComponents: main",
        "# ours\nTypes: deb\nURIs: file:/mnt http://near.example/debian\nSuites: bookworm bookworm-updates\nComponents: main",
      ].join("\n\n"),
    );
  host.files.set(
    "/etc/apt/sources.list.d/a-vendor.list",
    "deb [signed-by=/k] https://vendor.example/deb stable main\n",
  );
  expect(await debianMirror(host)).toBe("http://near.example/debian");
});

test("the one-line form is read as well", async () => {
  const host = imageHost();
  host.files
    .set("/etc/os-release", BOOKWORM)
    .set(
      "/etc/apt/sources.list",
      "# deb http://old.example/debian bookworm main\ndeb cdrom:[Debian]/ bookworm main\ndeb [arch=amd64] http://line.example/debian bookworm main\n",
    );
  expect(await debianMirror(host)).toBe("http://line.example/debian");
});

test("another system's mirror is not taken for Debian's", async () => {
  const host = imageHost();
  host.files
    .set("/etc/os-release", "ID=ubuntu\nVERSION_CODENAME=noble\n")
    .set("/etc/apt/sources.list", "deb http://u.example noble main\n");
  expect(await debianMirror(host)).toBeUndefined();
});
