import { describe, expect, test } from "vitest";
import type { Progress } from "../../stack/core/progress.ts";
import { baseMaker } from "../../stack/images/base.ts";
import { debianBuildNeeds, debianBuildObstacle } from "../../stack/images/needs.ts";
import { KEYRING, imageHost } from "../support/fakes/image-host.ts";
import type { ImageHost } from "../support/fakes/image-host.ts";
import { fakeEngine } from "../support/fakes/engine.ts";
import { containing } from "../support/images/matching.ts";

function scene(host: ImageHost = imageHost()) {
  const store = fakeEngine().images;
  const events: Progress[] = [];
  const input = {
    host,
    store,
    report: (event: Progress) => events.push(event),
    signal: new AbortController().signal,
    work: "/tmp",
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
    await baseMaker({ host: other, store, report: () => {}, signal: new AbortController().signal, work: "/tmp" })(
      "trixie",
    );
    expect(host.commands.size).toBeGreaterThan(0);
    expect(store.images.size).toBe(2);
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
