import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openCompose } from "../../stack/docker/compose.ts";
import {
  FOREIGN,
  forgetForeign,
  ignoredVariables,
  isForeign,
  nodeVariables,
  withoutForeign,
} from "../../stack/host/foreign-variables.mjs";
import { realHost } from "../../stack/host/host.ts";
import { fakeEngine } from "../support/fakes/engine.ts";

/** Some that people really have, for each kind of program. */
const FOUND = names(`
  DOCKER_DEFAULT_PLATFORM DOCKER_API_VERSION DOCKER_CONTENT_TRUST DOCKER_BUILDKIT BUILDX_BUILDER
  COMPOSE_FILE COMPOSE_PROFILES COMPOSE_PARALLEL_LIMIT COMPOSE_BAKE COMPOSE_REMOVE_ORPHANS
  PGHOST PGSERVICE PGOPTIONS PGSSLMODE PGPASSWORD PGTZ NODE_PG_FORCE_NATIVE
  MYSQL_HOST MYSQL_PWD MYSQL_TCP_PORT REDISCLI_AUTH RABBITMQ_NODENAME ERL_FLAGS
  NODE_OPTIONS NODE_PATH npm_config_dry_run npm_config_omit NPM_CONFIG_PREFIX npm_config_os
  ZX_TIMEOUT LOG_STREAM COLIMA_PROFILE LIMA_WORKDIR
`);
const FOLLOWED = names(`
  DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG DOCKER_CERT_PATH DOCKER_TLS_VERIFY DOCKER_AUTH_CONFIG
  npm_config_registry NPM_CONFIG_REGISTRY npm_config_https_proxy npm_config_cafile npm_config_cache
  npm_config_//r.example/:_authToken npm_config_@mine:registry npm_config_fetch_timeout
  NODE_EXTRA_CA_CERTS NO_COLOR HTTPS_PROXY PATH HOME PLUMBLINE_CA_BUNDLE PGP_KEY ERLANG
`);

function names(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

describe("the list of variables that change what commands do", () => {
  test.for(FOUND)("must hold %s", (name) => {
    expect(isForeign(name)).toBe(true);
  });

  test.for(FOLLOWED)("must leave %s, which a person chooses", (name) => {
    expect(isForeign(name)).toBe(false);
  });

  test("must have one place for each, under what reads it", () => {
    const all = Object.values(FOREIGN).flat();
    expect(new Set(all).size).toBe(all.length);
    const missing = Object.entries(FOREIGN).filter(([, names]) => names.length === 0);
    expect(missing).toEqual([]);
  });
});

describe("an environment", () => {
  const given = Object.fromEntries([...FOUND, ...FOLLOWED].map((name) => [name, "1"]));

  test("must come to a command without them, and else as it was", () => {
    expect(withoutForeign(given)).toEqual(Object.fromEntries(FOLLOWED.map((name) => [name, "1"])));
  });

  test("must keep of NODE_OPTIONS what says how registries are reached", () => {
    const NODE_OPTIONS = `--max-old-space-size=100 --use-openssl-ca --require "/a b/c.js" --dns-result-order=ipv4first`;
    expect(withoutForeign({ NODE_OPTIONS })).toEqual({ NODE_OPTIONS: "--use-openssl-ca --dns-result-order=ipv4first" });
    expect(withoutForeign({ NODE_OPTIONS: "--inspect-brk" })).toEqual({});
  });

  test("must lose, in this process, what its libraries read, and keep what Node has read already", () => {
    const own: Record<string, string | undefined> = { ...given };
    forgetForeign(own);
    expect(Object.keys(own)).toEqual(["NODE_OPTIONS", "NODE_PATH", ...FOLLOWED, "PLUMBLINE_FORGOTTEN"]);
    expect(nodeVariables(own)).toEqual(["NODE_OPTIONS", "NODE_PATH"]);
  });

  test("must still name what a person set for other programs, also after it was forgotten, and not what npm sets", () => {
    const env = { DOCKER_DEFAULT_PLATFORM: "linux/arm64", npm_config_prefix: "/x", ZX_SHELL: "/x", NODE_ENV: "test" };
    const own: Record<string, string | undefined> = { ...env, PGOPTIONS: "-c jit=off", DOCKER_HOST: "unix:///x" };
    expect(ignoredVariables(own)).toEqual(["DOCKER_DEFAULT_PLATFORM", "PGOPTIONS"]);
    forgetForeign(own);
    expect(ignoredVariables(own)).toEqual(["DOCKER_DEFAULT_PLATFORM", "PGOPTIONS"]);
    expect(own["PGOPTIONS"]).toBeUndefined();
  });
});

test("an empty variable counts as unset, and needs no warning", () => {
  expect(ignoredVariables({ COLIMA_PROFILE: "", COMPOSE_FILE: "mine.yaml" })).toEqual(["COMPOSE_FILE"]);
});

describe("a command that is started", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "plumbline-env-"));
    const docker = join(folder, "docker");
    await writeFile(docker, '#!/bin/sh\n[ "$2" = version ] && echo 2.40.1 || env | grep -E "$SHOW" | sort\n');
    await chmod(docker, 0o755);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("by the port to this computer must not see them", async () => {
    const surroundings = { PATH: "/usr/bin:/bin", DOCKER_DEFAULT_PLATFORM: "linux/arm64", PGHOST: "x", KEPT: "1" };
    const { stdout } = await realHost(surroundings).run(["env"], { timeoutMs: 20_000 });
    expect(stdout.split("\n")).toContain("KEPT=1");
    expect(stdout).not.toMatch(/DOCKER|PGHOST/);
  });

  test("as Compose must see its engine, and neither a platform nor a context nor a file of a person's shell", async () => {
    const env = {
      PATH: `${folder}:/usr/bin:/bin`,
      SHOW: "DOCKER|COMPOSE|BUILD",
      DOCKER_DEFAULT_PLATFORM: "linux/arm64",
      DOCKER_CONTEXT: "elsewhere",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: "/nowhere",
      COMPOSE_FILE: "mine.yaml",
      COMPOSE_PARALLEL_LIMIT: "1",
      BUILDX_BUILDER: "remote",
      DOCKER_CONFIG: "/home/ada/.docker",
    };
    const said = await openCompose(fakeEngine(), env).run(["ps"], { timeoutMs: 20_000 });
    expect(said.trim().split("\n")).toEqual([
      "COMPOSE_ANSI=never",
      "COMPOSE_PROGRESS=plain",
      "DOCKER_CONFIG=/home/ada/.docker",
      "DOCKER_HOST=unix:///nowhere/docker.sock",
      "SHOW=DOCKER|COMPOSE|BUILD",
    ]);
  });
});
