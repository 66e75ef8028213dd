/** A mirror that asks for a login: images are built from it, and the login is nowhere afterwards. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Progress } from "../../stack/core/progress.ts";
import type { ImageSpec } from "../../stack/core/service/image.ts";
import { openCompose, type Compose } from "../../stack/docker/compose.ts";
import { openEngine } from "../../stack/docker/engine.ts";
import { commandOf } from "../../stack/host/child.ts";
import { realHost, type Host } from "../../stack/host/host.ts";
import { baseHashHere } from "../../stack/images/base.ts";
import { packageVersions } from "../../stack/images/newer/package-versions.ts";
import { obtainImages } from "../../stack/images/obtain.ts";
import { shortHash } from "../../stack/images/recipe.ts";
import { docker } from "../support/images/docker.ts";
import { containing } from "../support/images/matching.ts";
import { startMirror, type TestMirror } from "../support/images/mirror.ts";

const NAME = `mirrorlogin${process.pid}`;
const ADDRESS = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
const USER = "tester";
/** Also with characters that an address spells as percent codes. */
const PASSWORD = `s3cret/of@${NAME}`;
const SPELLED = encodeURIComponent(PASSWORD);

const composeFile = z.looseObject({
  services: z.record(z.string(), z.looseObject({ build: z.looseObject({}) })),
});

let folder: string;
let mirror: TestMirror;
const made = new Set<string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-live-mirror-"));
  await mkdir(join(folder, "recipe", "image"), { recursive: true });
  await writeFile(
    join(folder, "recipe", "image", "Dockerfile"),
    `ARG BASE
FROM \${BASE}
ARG PACKAGES
ARG APT_OPTIONS=""
RUN --mount=type=secret,id=ca,mode=0444 \\
    --mount=type=secret,id=apt-auth \\
    : ${NAME} && plumbline-install \${PACKAGES}
`,
  );
  mirror = await startMirror(USER, PASSWORD);
});

afterAll(async () => {
  await mirror.stop();
  for (const reference of made) await docker("rmi", "--force", reference);
  await rm(folder, { recursive: true, force: true });
});

const spec: ImageSpec = {
  sources: [
    {
      kind: "packages",
      folder: "recipe/image",
      suite: "trixie",
      packages: ["netbase"],
      version: { package: "netbase" },
    },
  ],
};

/** This computer with this login for the mirror; every command line and environment that a child gets is kept. */
function hostWith(login: string): { readonly host: Host; readonly ran: () => string } {
  const ran: unknown[] = [];
  const real = realHost({
    ...process.env,
    PLUMBLINE_IMAGES_LOCK: join(folder, "images.lock.json"),
    PLUMBLINE_DEBIAN_MIRROR: `http://${login}@${mirror.address}/debian`,
    no_proxy: "127.0.0.1",
  });
  const host: Host = {
    ...real,
    run: (argv, options) => {
      ran.push(argv, commandOf(argv, options).env);
      return real.run(argv, options);
    },
  };
  return { host, ran: () => JSON.stringify(ran) };
}

async function obtain(login: string) {
  const { host, ran } = hostWith(login);
  const engine = await openEngine(ADDRESS);
  const real = openCompose(engine, host.env);
  const given: string[] = [];
  const events: Progress[] = [];
  /** In the host's network, where the mirror is. */
  const run: Compose["run"] = async (args, options) => {
    const path = args[args.indexOf("--file") + 1] ?? "";
    const text = await readFile(path, "utf8");
    given.push(args.join(" "), text);
    const file = composeFile.parse(parse(text));
    for (const service of Object.values(file.services)) service.build["network"] = "host";
    await writeFile(path, stringify(file));
    return real.run(args, options);
  };
  const outcomes = await obtainImages(new Map([[NAME, spec]]), {
    engine,
    compose: { run },
    policy: "debian",
    report: (event) => events.push(event),
    signal: new AbortController().signal,
    services: folder,
    host,
  });
  const base = `plumbline/base:trixie-${shortHash(await baseHashHere("trixie", host, () => undefined))}`;
  const outcome = outcomes.get(NAME);
  if (outcome?.ok) made.add(outcome.image.reference).add(base);
  return { outcome, base, said: `${ran()}${given.join("\n")}${JSON.stringify(events)}` };
}

function expectNoSecret(text: string): void {
  for (const secret of [PASSWORD, SPELLED, "s3cret"]) expect(text.includes(secret)).toBe(false);
}

test("a wrong login is the reason, and is not shown", async () => {
  const { outcome, said } = await obtain(`${USER}:s3cret-but-wrong`);
  expect(outcome).toMatchObject({ ok: false, reason: containing("401") });
  expectNoSecret(JSON.stringify(outcome) + said);
  expect(mirror.requests()).toMatchObject({ admitted: 0 });
});

test("images are built with the login, which is in no command line, no history, no label and no file", async () => {
  const before = mirror.requests();
  const { outcome, base, said } = await obtain(`${USER}:${SPELLED}`);
  if (!outcome?.ok) throw new Error(JSON.stringify(outcome));
  expectNoSecret(said);
  // The base and the recipe each read the index, and apt gives the login at once.
  expect(mirror.requests().admitted).toBeGreaterThan(before.admitted + 4);
  expect(mirror.requests().refused).toBe(before.refused);

  for (const reference of [base, outcome.image.reference]) {
    expectNoSecret(await docker("history", "--no-trunc", reference));
    expectNoSecret(await docker("inspect", reference));
    const found = await docker(
      "run",
      "--rm",
      "--entrypoint",
      "sh",
      reference,
      "-c",
      `grep -rl --exclude-dir=proc --exclude-dir=sys "$(echo s3)cret" / 2>/dev/null || true; ls /etc/apt/auth.conf /run/secrets /tmp/plumbline-apt.conf 2>/dev/null || true; cat /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/apt.conf.d/* 2>/dev/null || true`,
    );
    expect(found).toContain(`http://${mirror.address}/debian`);
    expect(found).not.toMatch(/auth\.conf|apt-auth|netrc|s3cret|plumbline-apt/);
    // Also of files that a later layer removes.
    const saved = join(folder, "saved.tar");
    await docker("save", "--output", saved, reference);
    expect((await readFile(saved)).includes("s3cret")).toBe(false);
  }
  const left = (await readdir(tmpdir())).filter(
    (name) => name.includes(`plumbline-images-`) && name.includes(`-${process.pid}-`),
  );
  expect(left).toEqual([]);
});

test("the index of a mirror that asks for a login is read", async () => {
  const { host, ran } = hostWith(`${USER}:${SPELLED}`);
  const work = join(folder, "index");
  const found = await packageVersions("trixie", ["netbase"], { host, work, signal: new AbortController().signal });
  expect(found.ok && [...found.versions.keys()]).toEqual(["netbase"]);
  expectNoSecret(ran());
});
