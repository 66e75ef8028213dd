/** Every kind of source from which an image is built, on a real engine: a wheel, a Go module, a folder of sources. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Progress } from "../../stack/core/progress.ts";
import type { FolderSource, ImageOutcome } from "../../stack/core/service/image.ts";
import { openEngine } from "../../stack/docker/engine.ts";
import { obtainImages } from "../../stack/images/obtain.ts";
import type { ObtainOptions } from "../../stack/images/obtain.ts";
import { docker } from "../support/images/docker.ts";
import { containing, known } from "../support/images/matching.ts";

const NAME = `imagesources${process.pid}`;
const ADDRESS = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
/** What `up` takes for the builds as well: the certificates that this process was told to trust. */
const CA_BUNDLE = process.env["NODE_EXTRA_CA_CERTS"];

const WHEEL: FolderSource = {
  kind: "folder",
  folder: "kit/image/pypi-wheel",
  suite: "trixie",
  args: {
    WHEEL: "six==1.17.0",
    HASHES: "sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274",
    DATA: "/data",
  },
  version: { fixed: "1.17.0" },
  standIn: "Six",
};

const MODULE: FolderSource = {
  kind: "folder",
  folder: "kit/image/go-module",
  suite: "trixie",
  tools: "sid",
  args: { MODULE: "golang.org/x/example/hello@v0.0.0-20250915201037-7f05d217867b" },
  version: { command: ["hello", "-g", "v0.1.0 of"], pattern: /^(\S+) of/ },
};

let folder: string;
const events: Progress[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-live-sources-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  const tags = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
  const own = tags.filter((tag) => tag.includes(NAME));
  if (own.length > 0) await docker("rmi", "--force", ...own);
});

async function outcomeOf(
  name: string,
  source: FolderSource,
  options: Partial<ObtainOptions> = {},
): Promise<ImageOutcome> {
  events.length = 0;
  const outcomes = await obtainImages(new Map([[`${NAME}-${name}`, { sources: [source] }]]), {
    engine: await openEngine(ADDRESS),
    policy: "auto",
    report: (event) => events.push(event),
    signal: new AbortController().signal,
    ...(CA_BUNDLE === undefined ? {} : { caBundle: CA_BUNDLE }),
    ...options,
  });
  return known([...outcomes.values()][0]);
}

async function imageOf(name: string, source: FolderSource, options: Partial<ObtainOptions> = {}) {
  const outcome = await outcomeOf(name, source, options);
  if (!outcome.ok) throw new Error(`${outcome.reason}. ${outcome.fix}`);
  return outcome.image;
}

const inside = (image: string, script: string) => docker("run", "--rm", "--entrypoint", "sh", image, "-c", script);

/** Neither the secrets of the build nor what steps made of them. */
async function expectNoSecrets(image: string): Promise<void> {
  const left = await inside(image, "ls /run/secrets /dev/shm 2>/dev/null; find / -xdev -name '*plumbline-ca*'; env");
  expect(left).not.toMatch(/plumbline-ca|registries|PIP_|GOPROXY|SSL_CERT_FILE/);
  const text = `${await docker("history", "--no-trunc", image)}${await docker("inspect", image)}`;
  expect(text).not.toMatch(/GOPROXY=|PIP_INDEX_URL=|BEGIN CERTIFICATE/);
}

describe("A pinned wheel", () => {
  test("is installed with its hash checked, runs as a user of its own, and says which program stands in", async () => {
    const image = await imageOf("wheel", WHEEL);
    expect(image).toMatchObject({ version: "1.17.0", standIn: "Six", notes: [containing("Six stands in")] });
    expect(image.reference).toMatch(new RegExp(`^plumbline/${NAME}-wheel:1\\.17\\.0-[0-9a-f]{12}$`));
    expect(await inside(image.reference, "ls /opt/wheel/six.py; id -un; stat -c %U /data")).toBe(
      "/opt/wheel/six.py\nplumbline\nplumbline\n",
    );
    await expectNoSecrets(image.reference);

    expect(await imageOf("wheel", WHEEL)).toEqual(image);
    expect(events).toEqual([]);
  });

  test("is refused where the registry gives another file than the recipe pins", async () => {
    const args = { ...WHEEL.args, HASHES: `sha256:${"0".repeat(64)}` };
    expect(await outcomeOf("altered", { ...WHEEL, args })).toMatchObject({
      ok: false,
      reason: containing("the build of kit/image/pypi-wheel: THESE PACKAGES DO NOT MATCH THE HASHES"),
      fix: containing("do not use it"),
    });
  });

  test("that the registry does not have is named", async () => {
    const args = { ...WHEEL.args, WHEEL: "six==1.17.999" };
    expect(await outcomeOf("absent", { ...WHEEL, args })).toMatchObject({
      ok: false,
      reason: containing("No matching distribution found for six==1.17.999"),
    });
  });
});

describe("A Go module", () => {
  test("is built in a stage of its own, and its version is what the program prints", async () => {
    const image = await imageOf("module", MODULE);
    expect(image.version).toBe("0.1.0");
    expect(await inside(image.reference, "hello; id -un; command -v go || echo no tool chain")).toBe(
      "Hello, world!\nplumbline\nno tool chain\n",
    );
    await expectNoSecrets(image.reference);
  });

  test("of a version that does not exist is named with the reason", async () => {
    const args = { MODULE: "golang.org/x/example/hello@v9.9.9" };
    expect(await outcomeOf("revision", { ...MODULE, args })).toMatchObject({
      ok: false,
      reason: containing("hello@v9.9.9"),
    });
  });
});

/** Writes a file of the folder that the test builds. */
async function write(path: string, text: string): Promise<void> {
  await mkdir(join(folder, "app/image/src"), { recursive: true });
  await writeFile(join(folder, "app/image", path), text);
}

describe("A folder of sources", () => {
  const source: FolderSource = {
    kind: "folder",
    folder: "app/image",
    suite: "trixie",
    version: { command: ["cat", "/app/version.ts"], pattern: /version = "([^"]+)"/ },
  };
  const options = {
    get services() {
      return folder;
    },
  };

  test("gets another tag when one of its sources changes, and none when what tools leave beside them does", async () => {
    await write("Dockerfile", "ARG BASE\nFROM ${BASE}\nCOPY src /app\n");
    await write("src/version.ts", `export const version = "1.4.0";\n`);
    await write("src/server.ts", "export const port = 3000;\n");
    const first = await imageOf("app", source, options);
    expect(first.version).toBe("1.4.0");

    await mkdir(join(folder, "app/image/src/node_modules"), { recursive: true });
    await write("src/node_modules/left.js", "left");
    expect(await imageOf("app", source, options)).toEqual(first);
    expect(events).toEqual([]);

    await write("src/server.ts", "export const port = 3001;\n");
    const second = await imageOf("app", source, options);
    expect(second.reference).not.toBe(first.reference);
    expect(await inside(second.reference, "ls /app; cat /app/server.ts")).toBe(
      "server.ts\nversion.ts\nexport const port = 3001;\n",
    );
  });

  test("whose version cannot be read is no image, and the reason says what was printed", async () => {
    const version = { command: ["echo", "none"], pattern: /version (\d+)/ } as const;
    expect(await outcomeOf("unread", { ...source, version }, options)).toMatchObject({
      ok: false,
      reason: containing(String.raw`echo none printed "none\n"`),
    });
    expect((await docker("images", "--quiet", `plumbline/${NAME}-unread`)).trim()).toBe("");
  });
});
