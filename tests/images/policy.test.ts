import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PlumblineError } from "../../stack/core/errors.ts";
import type { FolderSource, ImagePolicy, ImageSpec, RegistrySource, Suite } from "../../stack/core/service/image.ts";
import type { Progress } from "../../stack/core/progress.ts";
import type { BuildOrder } from "../../stack/images/build.ts";
import type { Failure } from "../../stack/images/failure.ts";
import { fakeEngine } from "../support/fakes/engine.ts";
import { fakeLock, type FakeLock } from "../support/fakes/image-lock.ts";
import type { FakeImages } from "../support/fakes/engine-images.ts";
import { containing, known } from "../support/images/matching.ts";
import { keepBuilt, lackedBy, obtainWith, packagesOf } from "../support/images/obtaining.ts";

const spec = (name: string): ImageSpec => ({
  sources: [{ kind: "registry", reference: `${name}:1.2` }, packagesOf(name, "sid", 2), packagesOf(name, "trixie", 1)],
});

const NAMES = ["a", "b", "c", "d", "e", "f"];

let services: string;
let store: FakeImages;
let events: Progress[];
/** Packages that the mirror lacks, and why. */
let lock: FakeLock;
let missing: Map<string, Failure>;
/** Builds that run now and at most, and the services in the order in which their builds began. */
let building = 0;
let mostAtOnce = 0;
let begun: string[] = [];

beforeEach(async () => {
  services = await mkdtemp(join(tmpdir(), "plumbline-policy-"));
  for (const name of NAMES) {
    await mkdir(join(services, name, "image"), { recursive: true });
    await writeFile(join(services, name, "image", "Dockerfile"), `# ${name}\n`);
  }
  store = fakeEngine().images;
  lock = fakeLock();
  events = [];
  missing = new Map();
  [building, mostAtOnce, begun] = [0, 0, []];
});

afterEach(() => rm(services, { recursive: true, force: true }));

function obtain(policy: ImagePolicy, names: readonly string[] = ["a", "b"]) {
  return obtainSpecs(policy, new Map(names.map((name) => [name, spec(name)])));
}

const notesOf = (suite: Suite) => (suite === "sid" ? ["stale"] : []);

function obtainSpecs(policy: ImagePolicy, specs: ReadonlyMap<string, ImageSpec>, orders: BuildOrder[] = []) {
  const build = async (order: BuildOrder): Promise<Failure | undefined> => {
    building += 1;
    mostAtOnce = Math.max(mostAtOnce, building);
    begun.push(order.service);
    orders.push(order);
    await new Promise((resolve) => setTimeout(resolve, 1));
    building -= 1;
    const failure = lackedBy(order, missing);
    if (failure?.kind === "disk-full") throw new PlumblineError("DISK_FULL", { what: "w", why: "y", fix: "f" });
    if (failure && !(failure.kind === "expired" && order.aptOptions !== "")) return failure;
    keepBuilt(order, store);
    return undefined;
  };
  return obtainWith(policy, specs, { services, store, lock, events, build, notesOf });
}

const source = (outcome: Awaited<ReturnType<typeof obtain>>, name: string) => {
  const found = outcome.get(name);
  return found?.ok ? found.image.source : found?.reason;
};

describe("auto", () => {
  test("pulls what the registry has, and builds what it lacks", async () => {
    store.registry.add("a:1.2");
    const outcome = await obtain("auto");
    expect(outcome.get("a")).toMatchObject({
      ok: true,
      image: { reference: "a:1.2", source: "registry", version: "1.2" },
    });
    expect(outcome.get("b")).toMatchObject({
      ok: true,
      image: { source: "debian", version: "2.0-1", notes: ["stale"] },
    });
  });

  test("builds everything where no registry answers", async () => {
    store.outage = "no such host";
    const outcome = await obtain("auto");
    expect([source(outcome, "a"), source(outcome, "b")]).toEqual(["debian", "debian"]);
    expect(store.asked).toHaveLength(1);
  });

  test("uses what is present and asks no network, and says nothing of it", async () => {
    store.outage = "no such host";
    const first = await obtain("auto");
    store.asked.length = 0;
    events.length = 0;
    missing.set("a-2", { kind: "missing", reason: "gone" });
    expect(await obtain("auto")).toEqual(first);
    expect(store.asked).toEqual([]);
    expect(events).toEqual([]);
  });

  test.each([
    "toomanyrequests: You have reached your unauthenticated pull rate limit",
    "unauthorized: incorrect username or password",
  ])("says that a pull was refused, by which registry, and how to log in: %s", async (reason) => {
    store.registry.add("a:1.2");
    store.pullFailures.push(reason, reason, reason);
    const outcomes = await obtain("registry", ["a"]);
    expect(outcomes.get("a")).toMatchObject({
      ok: false,
      reason: `Docker Hub refuses a:1.2 (${reason})`,
      fix: containing("`docker login`"),
    });
  });

  test("builds where a pull fails for good", async () => {
    store.registry.add("a:1.2");
    store.pullFailures.push("filesystem layer verification failed");
    expect(source(await obtain("auto", ["a"]), "a")).toBe("debian");
  });
});

describe("registry", () => {
  test("never builds: it says why there is no image, and what to do", async () => {
    store.outage = "no such host";
    const outcome = await obtain("registry");
    expect(outcome.get("a")).toMatchObject({
      ok: false,
      reason: "no registry answers (no such host)",
      fix: containing("--images debian"),
    });
    expect(store.images.size).toBe(0);
  });

  test("takes no built image for the registry's", async () => {
    await obtain("debian");
    store.outage = "no such host";
    expect(source(await obtain("registry", ["a"]), "a")).toContain("no registry answers");
  });
});

describe("debian", () => {
  test("asks no registry, and takes no pulled image for a built one", async () => {
    store.images.set("a:1.2", { labels: {} });
    expect(source(await obtain("debian", ["a"]), "a")).toBe("debian");
    expect(store.asked).toEqual([]);
  });

  test("takes the next source where one fails, and keeps the reason as a note", async () => {
    missing.set("a-2", { kind: "missing", reason: "Unable to locate package a-2" });
    expect((await obtain("debian", ["a"])).get("a")).toMatchObject({
      ok: true,
      image: { version: "1.9-1", notes: ["instead of Debian sid (a-2): Unable to locate package a-2"] },
    });
  });

  test("names every source where none can be had, and the other services are not touched by it", async () => {
    missing.set("a-2", { kind: "missing", reason: "no a-2" }).set("a-1", { kind: "unreachable", reason: "no mirror" });
    const outcome = await obtain("debian");
    expect(outcome.get("a")).toMatchObject({
      ok: false,
      reason: "Debian sid (a-2): no a-2; Debian trixie (a-1): no mirror",
      fix: containing("PLUMBLINE_DEBIAN_MIRROR"),
    });
    expect(outcome.get("b")?.ok).toBe(true);
  });

  test("takes an index that went out of date since the base image was made, and says so", async () => {
    missing.set("a-2", { kind: "expired", reason: "expired" });
    expect((await obtain("debian", ["a"])).get("a")).toMatchObject({
      ok: true,
      image: { notes: [containing("past its date by 0 days: signature checked, freshness not"), "stale"] },
    });
  });

  test("leaves no image under its name for work in progress", async () => {
    missing.set("b-2", { kind: "other", reason: "x" }).set("b-1", { kind: "other", reason: "x" });
    await obtain("debian");
    expect([...store.images.keys()].filter((tag) => tag.includes("building"))).toEqual([]);
  });
});

test("Three images are built at once and the others wait for their turn; a failure frees its place", async () => {
  for (const name of ["a", "b", "d"]) {
    missing.set(`${name}-2`, { kind: "other", reason: "x" }).set(`${name}-1`, { kind: "other", reason: "x" });
  }
  const outcome = await obtain("debian", NAMES);
  expect(mostAtOnce).toBe(3);
  expect([...new Set(begun)].toSorted()).toEqual(NAMES);
  expect(NAMES.filter((name) => outcome.get(name)?.ok)).toEqual(["c", "e", "f"]);
});

test("A service that no registry has by design is built whatever the policy, on one base and with the tools of another", async () => {
  const orders: BuildOrder[] = [];
  const folder: FolderSource = {
    kind: "folder",
    folder: "a/image",
    suite: "trixie",
    tools: "sid",
    version: { fixed: "v3.1" },
    standIn: "Other",
  };
  const outcome = await obtainSpecs("registry", new Map([["a", { sources: [folder] }]]), orders);
  const image = { version: "3.1", source: "debian", standIn: "Other", notes: [containing("Other stands in")] };
  expect(outcome.get("a")).toMatchObject({ ok: true, image });
  expect(orders).toMatchObject([{ base: "base:trixie", tools: "base:sid" }]);
});

test("Sources are tried in their order, a registry's stand-in too", async () => {
  store.registry.add("other:3");
  const [original, ...builds] = spec("a").sources;
  const standIn: RegistrySource = { kind: "registry", reference: "other:3", standIn: "Other" };
  const outcome = await obtainSpecs("auto", new Map([["a", { sources: [known(original), standIn, ...builds] }]]));
  expect(outcome.get("a")).toMatchObject({ ok: true, image: { reference: "other:3", standIn: "Other" } });
  expect(begun).toEqual([]);
});

test("A full disk ends the whole run with DISK_FULL", async () => {
  missing.set("a-2", { kind: "disk-full", reason: "no space" });
  await expect(obtain("debian")).rejects.toMatchObject({ code: "DISK_FULL" });
});
