import { describe, expect, test } from "vitest";
import type { EditionOf } from "../../stack/core/service/image.ts";
import type { Progress } from "../../stack/core/progress.ts";
import { baseHashHere, baseMaker } from "../../stack/images/base.ts";
import { contextFiles } from "../../stack/images/context.ts";
import { debianBuildNeeds, debianBuildObstacle } from "../../stack/images/needs.ts";
import { BASE_FOLDER, hashOf } from "../../stack/images/recipe.ts";
import { KEYRING, imageHost } from "../support/fakes/image-host.ts";
import type { ImageHost } from "../support/fakes/image-host.ts";
import { fakeEngine } from "../support/fakes/engine.ts";
import { containing } from "../support/images/matching.ts";

const noEdition: EditionOf = () => undefined;

function scene(host: ImageHost = imageHost(), editionOf = noEdition) {
  const store = fakeEngine().images;
  const events: Progress[] = [];
  const input = {
    host,
    store,
    report: (event: Progress) => events.push(event),
    signal: new AbortController().signal,
    work: "/tmp",
    editionOf,
  };
  return { host, store, events, make: baseMaker(input), again: () => baseMaker(input) };
}

describe("A base image", () => {
  test("is made once in a run, and taken from the engine in the next", async () => {
    const { store, events, make, again } = scene();
    const [one, two] = await Promise.all([make("trixie"), make("trixie")]);
    expect(one).toEqual(two);
    expect(one).toMatchObject({ ok: true, notes: [] });
    expect(store.images.size).toBe(1);
    expect(events.filter(({ kind }) => kind === "step-started")).toHaveLength(1);
    expect(await again()("trixie")).toEqual(one);
    expect(events.filter(({ kind }) => kind === "step-started")).toHaveLength(1);
  });

  test("of a suite whose index is long past its date is refused, with its age", async () => {
    const { host, store, make } = scene();
    host.stale.add("sid");
    host.daysPast = 91;
    expect(await make("sid")).toMatchObject({ ok: false, reason: containing("invalid since 91d") });
    expect(store.images.size).toBe(0);
  });

  test("has Debian's security updates, from beside the mirror, and keeps no option that ignores dates", async () => {
    const { host, make } = scene(imageHost({ env: { PLUMBLINE_DEBIAN_MIRROR: "http://mirror/debian" } }));
    expect(await make("trixie")).toMatchObject({ ok: true, notes: [] });
    expect(await make("sid")).toMatchObject({ ok: true, notes: [] });
    const [trixie = [], sid = []] = host.ran.filter(([program]) => program === "mmdebstrap");
    expect(trixie.slice(-2)).toEqual([
      "http://mirror/debian",
      "deb http://mirror/debian-security trixie-security main",
    ]);
    expect(sid.at(-1)).toBe("http://mirror/debian");
    expect(trixie.join("\n")).toMatch(/sed -i .*Check-Valid-Until/);
  });

  test("is made without security updates where they cannot be had, and says so", async () => {
    const { host, make } = scene(imageHost({ env: { PLUMBLINE_DEBIAN_MIRROR: "http://mirror/debian" } }));
    host.withoutSecurity = true;
    const note = containing("security updates of Debian trixie are left out");
    expect(await make("trixie")).toMatchObject({ ok: true, notes: [note] });
  });

  test("of a mirror beside which no security updates are known says so in every run, and of unstable never", async () => {
    const { host, make, again } = scene(imageHost({ env: { PLUMBLINE_DEBIAN_MIRROR: "http://mirror/deb/" } }));
    const notes = [
      "security updates of Debian trixie are left out: none are known beside http://mirror/deb/; " +
        "PLUMBLINE_DEBIAN_SECURITY_MIRROR names their place",
    ];
    expect(await make("trixie")).toMatchObject({ ok: true, notes });
    expect(await again()("trixie")).toMatchObject({ ok: true, notes });
    expect(await make("sid")).toMatchObject({ ok: true, notes: [] });
    expect(host.ran.flat().filter((word) => word.includes("-security"))).toEqual([]);
  });

  test("has the security updates of the place that is named, also with Debian's own mirror", async () => {
    const env = { PLUMBLINE_DEBIAN_SECURITY_MIRROR: "http://near/updates" };
    const { host, make } = scene(imageHost({ env }));
    expect(await make("trixie")).toMatchObject({ ok: true, notes: [] });
    await make("sid");
    const [trixie = [], sid = []] = host.ran.filter(([program]) => program === "mmdebstrap");
    expect(trixie.slice(-2)).toEqual(["http://deb.debian.org/debian", "deb http://near/updates trixie-security main"]);
    expect(sid.join(" ")).not.toContain("http://");
  });

  test("of a suite whose index is past its date is made all the same, and says so in every run", async () => {
    const { host, make, again } = scene();
    host.stale.add("sid");
    const stale = ["package index of Debian sid is past its date by 17 days: signature checked, freshness not"];
    expect(await make("sid")).toMatchObject({ ok: true, notes: stale });
    expect(await again()("sid")).toMatchObject({ ok: true, notes: stale });
    expect(await make("trixie")).toMatchObject({ ok: true, notes: [] });
  });

  test("is not forced where the signature is wrong", async () => {
    const { host, store, make } = scene();
    host.failure = "E: GPG error: http://m sid InRelease: NO_PUBKEY 1234";
    expect(await make("sid")).toMatchObject({ ok: false, reason: containing("NO_PUBKEY 1234") });
    expect(store.images.size).toBe(0);
  });

  test("on a full disk ends in DISK_FULL", async () => {
    const { host, make } = scene();
    host.failure = "tar: write error: No space left on device";
    await expect(make("sid")).rejects.toMatchObject({ code: "DISK_FULL" });
  });

  test("is made anew when another mirror is named, because it holds the mirror's name", async () => {
    const { host, store, make } = scene();
    await make("trixie");
    const other = imageHost({ env: { PLUMBLINE_DEBIAN_MIRROR: "http://mirror.example/debian" } });
    const input = { report: () => {}, signal: new AbortController().signal, work: "/tmp", editionOf: noEdition };
    await baseMaker({ ...input, host: other, store })("trixie");
    expect(host.commands.size).toBeGreaterThan(0);
    expect(store.images.size).toBe(2);
  });
});

describe("The edition of a suite", () => {
  test("gives a new base image, and none is the hash of before", async () => {
    const host = imageHost();
    const before = await baseHashHere("trixie", host, noEdition);
    const after = await baseHashHere("trixie", host, () => "2026-11-30");
    expect(after).not.toBe(before);
    expect(await baseHashHere("trixie", host, () => "2026-12-01")).not.toBe(after);
    const files = (await contextFiles(BASE_FOLDER)).map(({ path, hash }) => [path, hash]);
    expect(before).toBe(hashOf(hashOf(2, files, "trixie"), "", ""));
  });

  test("is in the image as the day of its packages and the date of the newest index, also in the next run", async () => {
    const { store, make, again } = scene();
    const made = await make("trixie");
    expect(made).toMatchObject({ ok: true, builtOn: textMatching(/^\d{4}-\d\d-\d\d$/), indexDate: "2026-11-28" });
    const [image] = [...store.images.values()];
    expect(image?.labels).toMatchObject({
      "plumbline.index": "2026-11-28",
      "plumbline.base.built": made.ok && made.builtOn,
    });
    expect(await again()("trixie")).toEqual(made);
  });
});

describe("The logins of mirrors", () => {
  const SECRET = "s3cret";
  const env = {
    PLUMBLINE_DEBIAN_MIRROR: `https://ada:${SECRET}@mirror.test:8443/debian`,
    PLUMBLINE_DEBIAN_SECURITY_MIRROR: `http://ada:${SECRET}-too@security.test/debian-security/`,
  };

  test("are in no command line, no label and no event, and are given to apt in a file of mode 0600", async () => {
    const { host, store, events, make } = scene(imageHost({ env }));
    expect(await make("trixie")).toMatchObject({ ok: true });
    const [argv = []] = host.ran;
    expect(argv.slice(-2)).toEqual([
      "https://mirror.test:8443/debian",
      "deb http://security.test/debian-security/ trixie-security main",
    ]);
    expect(JSON.stringify([host.ran, [...store.images], events])).not.toContain(SECRET);
    expect(host.files.get("/tmp/auth-trixie.conf")).toBe(
      `machine https://mirror.test:8443/debian/ login ada password ${SECRET}\n` +
        `machine http://security.test/debian-security/ login ada password ${SECRET}-too\n`,
    );
    expect(host.modes.get("/tmp/auth-trixie.conf")).toBe(0o600);
    const hooks = argv.filter((word) => word.includes("/etc/apt/auth.conf"));
    expect(hooks).toEqual([
      textMatching(/^--setup-hook=install -m 0600/),
      "--setup-hook=upload '/tmp/auth-trixie.conf' /etc/apt/auth.conf",
      '--customize-hook=rm "$1/etc/apt/auth.conf"',
    ]);
  });

  test("serve the security updates beside the mirror too", async () => {
    const { host, make } = scene(imageHost({ env: { PLUMBLINE_DEBIAN_MIRROR: env.PLUMBLINE_DEBIAN_MIRROR } }));
    await make("trixie");
    expect(host.files.get("/tmp/auth-trixie.conf")).toContain(
      `machine https://mirror.test:8443/debian-security/ login ada password ${SECRET}\n`,
    );
  });

  test("of this computer's own sources are taken out as well", async () => {
    const host = imageHost();
    host.files.set("/etc/os-release", "ID=debian\nVERSION_CODENAME=trixie\n");
    host.files.set("/etc/apt/sources.list", `deb http://ada:${SECRET}@own.test/debian trixie main\n`);
    const { make } = scene(host);
    await make("sid");
    expect(host.ran.at(-1)?.at(-1)).toBe("http://own.test/debian");
    expect(host.files.get("/tmp/auth-sid.conf")).toBe(`machine http://own.test/debian/ login ada password ${SECRET}\n`);
  });

  test("do not decide which image is the right one", async () => {
    expect(await hashOfMirror("ada:one@")).toBe(await hashOfMirror(""));
    expect(await hashOfMirror("ada:two@")).toBe(await hashOfMirror(""));
  });

  test("that reach an error are not shown", async () => {
    const { host, events, make } = scene();
    host.failure = `E: Failed to fetch https://ada:${SECRET}@mirror.test/debian/dists/sid/InRelease  401`;
    expect(await make("sid")).toMatchObject({ ok: false, reason: containing("https://***@mirror.test/debian") });
    expect(JSON.stringify(events)).not.toContain(SECRET);
  });

  test.each([
    ["https://mirror.test/debian/dists/trixie/InRelease  401  Unauthorized", "PLUMBLINE_DEBIAN_MIRROR"],
    ["https://mirror.test/debian-security/dists/x/InRelease  403  Forbidden", "PLUMBLINE_DEBIAN_SECURITY_MIRROR"],
    ["https://mirror.test/debian/dists/trixie/InRelease  407  Proxy Authentication Required", "http_proxy"],
  ])("that are refused are a failure with the variable that has them, and not left out: %s", async (line, variable) => {
    const { host, make } = scene(imageHost({ env }));
    host.failure = `E: Failed to fetch ${line} [IP: 127.0.0.1 443]\nE: The repository is not signed.`;
    expect(await make("trixie")).toMatchObject({ ok: false, kind: "refused", fix: containing(variable) });
    expect(host.ran).toHaveLength(1); // not tried without security updates
  });

  test("that apt cannot use are WRONG_USAGE without a word of them", async () => {
    for (const login of [`ada:${SECRET}/2@`, `ada:${SECRET}%20x@`, `1:2/${SECRET}@`]) {
      const { make } = scene(imageHost({ env: { PLUMBLINE_DEBIAN_MIRROR: `https://${login}mirror.test/debian` } }));
      const error: unknown = await make("sid").catch((error: unknown) => error);
      expect(error).toMatchObject({ code: "WRONG_USAGE" });
      expect(JSON.stringify(error) + String(error)).not.toContain(SECRET);
    }
  });
});

function hashOfMirror(login: string): Promise<string> {
  const host = imageHost({ env: { PLUMBLINE_DEBIAN_MIRROR: `https://${login}mirror.test/debian` } });
  return baseHashHere("trixie", host, noEdition);
}

/** Vitest's matcher has the type any. */
function textMatching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

const refusing = (line: string, env: Readonly<Record<string, string>> = {}) => {
  const host = imageHost({ env: { PLUMBLINE_DEBIAN_MIRROR: "http://mirror/debian", ...env } });
  host.withoutSecurity = true;
  host.securityFailure = `E: Failed to fetch ${line} [IP: 127.0.0.1 80]\nE: The repository is not signed.`;
  return scene(host);
};

describe("A place of security updates that nobody has named", () => {
  const FORBIDDEN = "http://mirror/debian-security/dists/trixie-security/InRelease  403  Forbidden";

  test("must count as absent if it answers 403, as object stores do, and the base says so", async () => {
    const { make } = refusing(FORBIDDEN);
    expect(await make("trixie")).toMatchObject({
      ok: true,
      notes: [
        containing("security updates of Debian trixie are left out: Failed to fetch http://mirror/debian-security"),
      ],
    });
  });

  test.each([
    ["a login is asked for there", FORBIDDEN.replace("403  Forbidden", "401  Unauthorized"), {}],
    ["the mirror itself is forbidden", FORBIDDEN.replace(/debian-security\S+/, "debian/dists/trixie/InRelease"), {}],
    ["it is named", FORBIDDEN, { PLUMBLINE_DEBIAN_SECURITY_MIRROR: "http://mirror/debian-security" }],
  ])("must be a failure if %s", async (_, line, env) => {
    expect(await refusing(line, env).make("trixie")).toMatchObject({ ok: false, kind: "refused" });
  });
});

describe("What a build needs of the host", () => {
  test("is the packages that are missing", async () => {
    const host = imageHost({ isRoot: false });
    expect(await debianBuildNeeds(host)).toEqual(["uidmap"]);
    host.commands.add("newuidmap").delete("mmdebstrap");
    host.files.delete(KEYRING);
    expect(await debianBuildNeeds(host)).toEqual(["mmdebstrap", "debian-archive-keyring"]);
    expect((await debianBuildObstacle(host))?.fix).toBe(
      "Run `sudo apt-get install mmdebstrap debian-archive-keyring`.",
    );
  });

  test("cannot be met without apt, and the reason says so", async () => {
    const { host, make } = scene();
    host.commands.clear();
    expect(await make("trixie")).toMatchObject({
      ok: false,
      reason: containing("needs a host with apt"),
      fix: containing("PLUMBLINE_REGISTRY_MIRRORS"),
    });
  });
});
