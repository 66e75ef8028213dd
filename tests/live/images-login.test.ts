/** Images of a registry that wants a login, with a real engine and a real registry. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openEngine } from "../../stack/docker/engine.ts";
import { realHost } from "../../stack/host/host.ts";
import { registryCredentials } from "../../stack/host/registry-credentials.ts";
import type { RunOptions } from "../../stack/host/run.ts";
import { obtainImages } from "../../stack/images/obtain.ts";
import { command, docker } from "../support/images/docker.ts";
import { containing } from "../support/images/matching.ts";
import { LOGIN, startRegistry, type TestRegistry } from "../support/images/registry.ts";

const NAME = `logintest${process.pid}`;
const ADDRESS = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";

let folder: string;
let registry: TestRegistry;
let reference: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-live-login-"));
  registry = await startRegistry(LOGIN);
  reference = `${registry.address}/${NAME}:1.2.3`;
  await configure(loggedIn());
  await writeFile(join(folder, "file"), "one\n");
  await command(["tar", "--create", "--file", join(folder, "image.tar"), "--directory", folder, "file"]);
  await docker("import", join(folder, "image.tar"), reference);
  await docker("--config", folder, "push", reference);
});

afterAll(async () => {
  await docker("rmi", reference).catch(() => "");
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await docker("rmi", reference).catch(() => "");
});

/** The client's configuration. */
async function configure(content: unknown): Promise<void> {
  await writeFile(join(folder, "config.json"), JSON.stringify(content));
}

function loggedIn(): unknown {
  const auth = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString("base64");
  return { auths: { [registry.address]: { auth } } };
}

/** As a person whose client is configured in the folder, and who has the helpers that are there. */
async function obtain() {
  const env = {
    ...process.env,
    DOCKER_CONFIG: folder,
    PLUMBLINE_IMAGES_LOCK: join(folder, "images.lock.json"),
    PATH: `${folder}:${process.env["PATH"]}`,
  };
  const host = {
    ...realHost(),
    env,
    run: (argv: readonly string[], options: RunOptions) => realHost().run(argv, { ...options, env }),
  };
  const spec = { sources: [{ kind: "registry", reference: `${NAME}:1.2.3` }] } as const;
  const outcomes = await obtainImages(new Map([[NAME, spec]]), {
    engine: await openEngine(ADDRESS, env, registryCredentials(host)),
    policy: "registry",
    registryPlace: `${registry.address}/`,
    report: () => {},
    signal: new AbortController().signal,
    services: folder,
  });
  return outcomes.get(NAME);
}

test("an image is refused without a login, by name and with the command to log in", async () => {
  await configure({});
  expect(await obtain()).toMatchObject({
    ok: false,
    reason: containing(`the registry ${registry.address} refuses ${reference}`),
    fix: containing(`docker login ${registry.address}`),
  });
});

test("an image is pulled with the login of the client's configuration", async () => {
  await configure(loggedIn());
  expect(await obtain()).toMatchObject({ ok: true, image: { reference: containing(`${reference}@sha256:`) } });
});

test("an image is pulled with the login of a credential helper", async () => {
  const answer = JSON.stringify({ ServerURL: registry.address, Username: LOGIN.username, Secret: LOGIN.password });
  await writeFile(join(folder, "docker-credential-oftest"), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
  await configure({ credHelpers: { [registry.address]: "oftest" } });
  expect(await obtain()).toMatchObject({ ok: true, image: { reference: containing(`${reference}@sha256:`) } });
});

test("a helper that has the login and is not installed is named", async () => {
  await configure({ credsStore: "absent-here" });
  expect(await obtain()).toMatchObject({
    ok: false,
    reason: containing("docker-credential-absent-here, which has the login, is not installed"),
  });
});
