import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import type { Compose } from "../../stack/docker/compose.ts";
import { build, type BuildOrder } from "../../stack/images/build.ts";
import { packageRegistries } from "../../stack/images/package-registries.ts";

const SECRET = "s3cret";
const AUTH = `machine https://mirror.test/debian/ login ada password ${SECRET}\n`;

const composeFile = z.object({
  services: z.object({ thing: z.object({ build: z.object({ context: z.string(), secrets: z.array(z.string()) }) }) }),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

let folder: string;
let work: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-build-"));
  work = join(folder, "work");
  await mkdir(work);
  await mkdir(join(folder, "image"));
  await writeFile(join(folder, "image", "Dockerfile"), "ARG BASE\nFROM ${BASE}\n");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const order = (): BuildOrder => ({
  service: "thing",
  context: join(folder, "image"),
  source: {
    kind: "packages",
    folder: "thing/image",
    suite: "sid",
    packages: ["thing"],
    version: { package: "thing" },
  },
  base: "plumbline/base:sid-0",
  aptOptions: "",
  tag: "plumbline/thing:building-0",
  labels: {},
});

interface Built {
  readonly labels?: Readonly<Record<string, string>>;
  readonly aptAuth?: string;
  readonly registries?: string;
  readonly lines?: readonly string[];
  readonly fails?: boolean;
}

/** Builds with a Compose that prints `lines` and then fails, if `fails`. */
async function built({ labels = {}, aptAuth = "", lines = [], fails = false, registries = "" }: Built) {
  const argv: string[] = [];
  const details: string[] = [];
  const run: Compose["run"] = async (args, { line }) => {
    argv.push(...args);
    for (const each of lines) line?.(each);
    if (fails) throw new Error("exit code 1");
    return "";
  };
  const signal = new AbortController().signal;
  const failure = await build(
    { ...order(), labels },
    {
      compose: { run },
      work,
      registries,
      aptAuth,
      signal,
      detail: (line) => details.push(line),
    },
  );
  return { argv, details, failure, file: argv[argv.indexOf("--file") + 1] ?? "" };
}

test("Labels are texts to Compose, whose YAML 1.1 has more kinds of values than that of this program", async () => {
  const labels = { day: "2026-11-30", time: "12:30:45", word: "on", number: "1_000" };
  const { file } = await built({ labels });
  const text = await readFile(file, "utf8");
  expect(parse(text, { schema: "yaml-1.1" })).toMatchObject({ services: { thing: { build: { labels } } } });
});

describe("The logins of mirrors and registries in a build", () => {
  test("are secrets in files of mode 0600, and in no command line, argument, label or context", async () => {
    const env = { PIP_INDEX_URL: `https://ada:${SECRET}@pypi.test/simple`, HTTPS_PROXY: `http://ada:${SECRET}@p.test` };
    const host = {
      env,
      which: async () => undefined,
      run: async () => ({ ok: true, exitCode: 0, stdout: "", stderr: "", ended: "exited" }) as const,
    };
    const { argv, file } = await built({ aptAuth: AUTH, registries: await packageRegistries(host) });
    const text = await readFile(file, "utf8");
    expect(argv.join(" ") + text).not.toContain(SECRET);
    const { services, secrets } = composeFile.parse(parse(text));
    expect(services.thing.build.secrets).toEqual(["apt-auth", "registries"]);
    const auth = secrets["apt-auth"]?.file ?? "";
    expect(await readFile(auth, "utf8")).toBe(AUTH);
    for (const path of [auth, secrets["registries"]?.file ?? ""]) expect((await stat(path)).mode & 0o777).toBe(0o600);
    const { context } = services.thing.build;
    for (const name of await readdir(context)) {
      expect(await readFile(join(context, name), "utf8")).not.toContain(SECRET);
    }
  });

  test("are no secret where there are none", async () => {
    const { file } = await built({});
    const { services } = composeFile.parse(parse(await readFile(file, "utf8")));
    expect(services.thing.build.secrets).toEqual(["registries"]);
  });

  test("are in neither the progress nor the reason of a failure", async () => {
    const address = `https://ada:${SECRET}@mirror.test/debian`;
    const lines = [`#8 1.234 Get:1 ${address} sid InRelease`, `#8 2.1 E: Failed to fetch ${address}/x  401`];
    const { details, failure } = await built({ lines, fails: true });
    expect(details).toEqual(["Get:1 https://***@mirror.test/debian sid InRelease"]);
    expect(failure).toMatchObject({ kind: "refused" });
    expect(failure?.reason).not.toContain(SECRET);
  });
});
