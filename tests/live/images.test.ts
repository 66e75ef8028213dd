/** Obtaining images with a real engine, a real registry and real builds of a recipe made for the test. */
import { EventEmitter, once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { ImageSpec, PackagesSource, RegistrySource } from "../../stack/core/service/image.ts";
import type { Progress } from "../../stack/core/progress.ts";
import { obtainImages, presentImages } from "../../stack/images/obtain.ts";
import type { ObtainOptions } from "../../stack/images/obtain.ts";
import { realHost } from "../../stack/host/host.ts";
import { openCompose, type Compose } from "../../stack/docker/compose.ts";
import { openEngine } from "../../stack/docker/engine.ts";
import { command, docker } from "../support/images/docker.ts";
import { containing } from "../support/images/matching.ts";
import { cuttingProxy, startRegistry } from "../support/images/registry.ts";
import type { TestRegistry } from "../support/images/registry.ts";

/** Names of this run: two runs at once do not meet, and what a killed run left is told apart. */
const NAME = `imagestest${process.pid}`;
const ADDRESS = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
const LAYER_BYTES = 24 * 1024 * 1024;

/** Packages for the recipe that `recipe` writes. */
const packages = (...names: readonly string[]) => ({ suite: "trixie", packages: names }) as const;

const registered = (path: string): RegistrySource => ({ kind: "registry", reference: `${NAME}/${path}` });

let folder: string;
let registry: TestRegistry;
const events: Progress[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-live-images-"));
  registry = await startRegistry();
});

afterAll(async () => {
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
  const tags = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
  const own = tags.filter((tag) => tag.includes(NAME));
  if (own.length > 0) await docker("rmi", "--force", ...own);
});

/** Writes a recipe and answers the spec that names it. */
async function recipe(
  name: string,
  dockerfile: string,
  sources: readonly Pick<PackagesSource, "suite" | "packages">[],
): Promise<ImageSpec> {
  await mkdir(join(folder, name, "image"), { recursive: true });
  await writeFile(
    join(folder, name, "image", "Dockerfile"),
    `ARG BASE\nFROM \${BASE}\nARG PACKAGES\nARG APT_OPTIONS=""\n${dockerfile}\n`,
  );
  const built = sources.map((source): PackagesSource => {
    return { kind: "packages", folder: `${name}/image`, ...source, version: { package: "netbase" } };
  });
  return { sources: [registered(`${name}:1.2.3`), ...built] };
}

async function obtain(name: string, spec: ImageSpec, options: Partial<ObtainOptions> = {}) {
  events.length = 0;
  const outcomes = await obtainImages(new Map([[`${NAME}-${name}`, spec]]), {
    engine: await openEngine(ADDRESS),
    policy: "debian",
    report: (event) => events.push(event),
    signal: new AbortController().signal,
    services: folder,
    host: realHost({ ...process.env, PLUMBLINE_IMAGES_LOCK: join(folder, "images.lock.json") }),
    ...options,
  });
  return [...outcomes.values()][0];
}

/** An image of one layer that no other image has, in the registry and not in the engine. */
async function publish(name: string): Promise<string> {
  const reference = `${registry.address}/${NAME}/${name}:1.2.3`;
  await command(["dd", "if=/dev/urandom", `of=${join(folder, "blob")}`, `bs=${LAYER_BYTES}`, "count=1"]);
  await command(["tar", "--create", "--file", join(folder, "blob.tar"), "--directory", folder, "blob"]);
  await docker("import", join(folder, "blob.tar"), reference);
  await docker("push", reference);
  await docker("rmi", reference);
  return reference;
}

/** The digest under which the registry keeps a tag. Source: the distribution specification, "Pulling manifests". */
async function digestIn(address: string, repository: string, tag: string): Promise<string | null> {
  const accept = "application/vnd.docker.distribution.manifest.v2+json";
  const answer = await fetch(`http://${address}/v2/${repository}/manifests/${tag}`, { headers: { accept } });
  return answer.headers.get("docker-content-digest");
}

describe("From a registry", () => {
  test("an image is pulled with its progress told in bytes, and the next run asks nobody", async () => {
    const tagged = await publish("pulled");
    const digest = await digestIn(registry.address, `${NAME}/pulled`, "1.2.3");
    const reference = `${tagged}@${digest}`;
    const spec = { sources: [registered("pulled:1.2.3")] };
    const options = { policy: "registry", registryPlace: `${registry.address}/` } as const;
    const outcome = await obtain("pulled", spec, options);
    expect(outcome).toEqual({ ok: true, image: { reference, source: "registry", version: "1.2.3", notes: [] } });
    const lines = events.flatMap((event) => (event.kind === "step-progress" ? [event.detail] : []));
    expect(lines.some((line) => /^[\d.]+ [KM]iB of 24 MiB$/.test(line))).toBe(true);
    expect(await docker("images", "--quiet", tagged)).not.toBe("");

    expect(await obtain("pulled", spec, options)).toEqual(outcome);
    expect(events).toEqual([]);
  });

  test("an image that is pinned by its digest is pulled, found again, and named by the version of its tag", async () => {
    const tagged = await publish("pinned");
    const digest = z.string().parse(await digestIn(registry.address, `${NAME}/pinned`, "1.2.3"));
    const spec = { sources: [registered(`pinned:1.2.3@${digest}`)] };
    const options = { policy: "registry", registryPlace: `${registry.address}/` } as const;
    const outcome = await obtain("pinned", spec, options);
    const image = { reference: `${tagged}@${digest}`, source: "registry", version: "1.2.3", notes: [] };
    expect(outcome).toEqual({ ok: true, image });
    expect(await docker("run", "--rm", "--entrypoint", "/none", image.reference).catch(String)).toContain("/none");

    expect(await obtain("pinned", spec, options)).toEqual(outcome);
    expect(events).toEqual([]);
    await docker("rmi", tagged);
  });

  test("an image is pulled, and not built, where both can be done", async () => {
    const spec = await recipe("pushed", "RUN echo pushed >/pushed", [packages("netbase")]);
    const name = `${NAME}-pushed`;
    await docker(
      "import",
      "--change",
      "LABEL a=b",
      join(folder, "blob.tar"),
      `${registry.address}/${NAME}/pushed:1.2.3`,
    );
    await docker("push", `${registry.address}/${NAME}/pushed:1.2.3`);
    await docker("rmi", `${registry.address}/${NAME}/pushed:1.2.3`);
    const outcome = await obtain("pushed", spec, { policy: "auto", registryPlace: `${registry.address}/` });
    expect(outcome).toMatchObject({ ok: true, image: { source: "registry" } });
    expect((await docker("images", "--quiet", `plumbline/${name}`)).trim()).toBe("");
  });

  test("a tag that the registry lacks is named as the reason", async () => {
    const spec = { sources: [registered("absent:9.9")] };
    expect(await obtain("absent", spec, { policy: "registry", registryPlace: `${registry.address}/` })).toMatchObject({
      ok: false,
      reason: containing("manifest unknown"),
      fix: containing("--images debian"),
    });
  });

  test("a registry that nobody answers for is given up at once, and everything is built", async () => {
    const spec = await recipe("offline", "RUN echo offline >/offline && plumbline-install ${PACKAGES}", [
      packages("netbase"),
    ]);
    const outcome = await obtain("offline", spec, { policy: "auto", registryPlace: "127.0.0.1:9/" });
    expect(outcome).toMatchObject({ ok: true, image: { source: "debian" } });
  });

  test("a connection that dies in the middle of a layer does not lose the image", async () => {
    const reference = await publish("cut");
    const proxy = await cuttingProxy(registry.port, LAYER_BYTES / 3, 1);
    try {
      const spec = { sources: [registered("cut:1.2.3")] };
      const outcome = await obtain("cut", spec, { policy: "registry", registryPlace: `${proxy.address}/` });
      expect(proxy.cuts()).toBe(1);
      expect(outcome).toMatchObject({
        ok: true,
        image: { reference: containing(`${reference.replace(registry.address, proxy.address)}@sha256:`) },
      });
    } finally {
      await proxy.close();
    }
  });

  test("a registry that dies for good in the middle of a layer ends with the reason, and no image", async () => {
    await publish("dead");
    const proxy = await cuttingProxy(registry.port, LAYER_BYTES / 3, Number.POSITIVE_INFINITY);
    try {
      const spec = { sources: [registered("dead:1.2.3")] };
      const pulling = obtain("dead", spec, { policy: "registry", registryPlace: `${proxy.address}/` });
      while (proxy.cuts() === 0) {
        await new Promise((resolve) => {
          setTimeout(resolve, 20);
        });
      }
      await proxy.close();
      expect(await pulling).toMatchObject({ ok: false, reason: containing("pulling") });
      expect((await docker("images", "--quiet", `${proxy.address}/${NAME}/dead`)).trim()).toBe("");
    } finally {
      await proxy.close();
    }
  });
});

describe("From Debian's packages", () => {
  test("a company's CA is there while packages are installed, and nowhere in the image", async () => {
    const secret = `CA-OF-${NAME}`;
    const caBundle = join(folder, "ca.pem");
    await writeFile(caBundle, `${secret}\n`, { mode: 0o600 });
    const spec = await recipe(
      "ca",
      // BuildKit does not count a secret's content: without the name, a step of an earlier run would be taken.
      `RUN --mount=type=secret,id=ca,mode=0444 : ${NAME} && sha256sum </run/secrets/ca >/proof && plumbline-install \${PACKAGES}`,
      [packages("netbase")],
    );
    const outcome = await obtain("ca", spec, { caBundle });
    if (!outcome?.ok) throw new Error(JSON.stringify(outcome));
    const { reference, version } = outcome.image;
    expect(version).toMatch(/^\d/);
    expect(reference).toMatch(new RegExp(`^plumbline/${NAME}-ca:${version}-[0-9a-f]{12}$`));

    const expected = (await command(["sha256sum", caBundle])).split(" ")[0];
    expect(await docker("run", "--rm", reference, "cat", "/proof")).toContain(expected);
    const found = await docker(
      "run",
      "--rm",
      reference,
      "sh",
      "-c",
      `grep -rl --exclude-dir=proc --exclude-dir=sys "$(echo CA-OF)-${NAME}" / 2>/dev/null || true; ls /run/secrets/ca 2>/dev/null || true; ls /tmp`,
    );
    expect(found.trim()).toBe("");
    expect(await docker("history", "--no-trunc", reference)).not.toContain(secret);
    expect(await docker("inspect", reference)).not.toContain(secret);
  });

  test("the next source is taken where one lacks a package, the reason is a note, and the second run builds nothing", async () => {
    const spec = await recipe("fallback", "RUN --mount=type=secret,id=ca,mode=0444 plumbline-install ${PACKAGES}", [
      packages("no-such-package-anywhere"),
      packages("netbase"),
    ]);
    const outcome = await obtain("fallback", spec);
    expect(outcome).toMatchObject({
      ok: true,
      image: {
        notes: [containing("instead of Debian trixie (no-such-package-anywhere): Unable to locate package")],
      },
    });
    expect(await obtain("fallback", spec)).toEqual(outcome);
    expect(events).toEqual([]);
    const present = await presentImages(new Map([[`${NAME}-fallback`, spec]]), {
      engine: await openEngine(ADDRESS),
      policy: "auto",
      editions: "locked",
      services: folder,
    });
    expect({ ok: true, image: present.get(`${NAME}-fallback`) }).toEqual(outcome);
  });

  test("an interrupted build ends at once and leaves no image, no container, no file and no process", async () => {
    const spec = await recipe("slow", `RUN echo ${NAME}-building && sleep 300`, [packages("netbase")]);
    const work = await mkdtemp(join(folder, "tmp-"));
    const interrupt = new AbortController();
    const engine = await openEngine(ADDRESS);
    const running = new EventEmitter();
    const started = once(running, "building");
    const real = openCompose(engine, process.env);
    const run: Compose["run"] = (args, options) =>
      real.run(args, {
        ...options,
        line: (line) => {
          if (new RegExp(`^#\\d+ \\d+\\.\\d+ ${NAME}-building`).test(line)) running.emit("building");
          options.line?.(line);
        },
      });
    const tmp = process.env["TMPDIR"];
    process.env["TMPDIR"] = work;
    try {
      const building = obtain("slow", spec, {
        engine,
        compose: { run },
        signal: interrupt.signal,
        host: realHost(),
      });
      const failed = expect(building).rejects.toMatchObject({ code: "INTERRUPTED" });
      await started;
      interrupt.abort();
      await failed;
    } finally {
      if (tmp === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = tmp;
    }
    expect(await readdir(work)).toEqual([]);
    expect((await docker("images", "--quiet", `plumbline/${NAME}-slow`)).trim()).toBe("");
    expect((await command(["ps", "-eo", "args"])).includes(`build ${NAME}-slow`)).toBe(false);
  });
});
