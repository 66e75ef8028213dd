import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { packageRegistries } from "../../stack/images/package-registries.ts";

/** A host with these variables, and with Go where `goEnv` is what `go env` prints. */
function hostWith(env: Readonly<Record<string, string>>, goEnv?: string) {
  return {
    env,
    which: async (program: string) => (program === "go" && goEnv !== undefined ? "/usr/bin/go" : undefined),
    run: async () => ({ ok: true, exitCode: 0, stdout: goEnv ?? "", stderr: "", ended: "exited" }) as const,
  };
}

/** The variables that a step has after it has sourced the script. */
async function variablesOf(host: ReturnType<typeof hostWith>): Promise<Readonly<Record<string, string>>> {
  const script = `${await packageRegistries(host)}env`;
  const { stdout, status } = spawnSync("sh", ["-eu", "-c", script], {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin" },
  });
  expect(status).toBe(0);
  return Object.fromEntries(stdout.split("\n").map((line) => [line.split("=")[0] ?? "", line.replace(/^[^=]*=/, "")]));
}

describe("The package managers of a build", () => {
  test("get the registries of this host, whatever characters their addresses hold", async () => {
    const index = "https://user:it's$HOME@mirror.example/simple";
    const found = await variablesOf(hostWith({ PIP_INDEX_URL: index, npm_config_registry: "https://n.example/" }));
    expect(found).toMatchObject({ PIP_INDEX_URL: index, npm_config_registry: "https://n.example/" });
  });

  test("get Go's registries as `go env` knows them, and from the environment where this host has no Go", async () => {
    const stored = hostWith({ GOPROXY: "ignored" }, "https://go.example\n\nexample.org/*\noff\n\n\n");
    expect(await variablesOf(stored)).toMatchObject({
      GOPROXY: "https://go.example",
      GOPRIVATE: "example.org/*",
      GOSUMDB: "off",
    });
    expect(await variablesOf(hostWith({ GOPROXY: "https://e.example" }))).toMatchObject({
      GOPROXY: "https://e.example",
    });
  });

  test("get the host's proxy in both spellings, unless it listens on the host's own loopback address", async () => {
    const found = await variablesOf(hostWith({ https_proxy: "http://proxy.example:3128", NO_PROXY: ".example" }));
    expect(found).toMatchObject({
      HTTPS_PROXY: "http://proxy.example:3128",
      https_proxy: "http://proxy.example:3128",
      no_proxy: ".example",
    });
    for (const own of ["http://127.0.0.1:3128", "localhost:8080", "socks5://u:p@localhost:1080", "http://[::1]:1"]) {
      expect(await variablesOf(hostWith({ HTTPS_PROXY: own }))).not.toHaveProperty("HTTPS_PROXY");
    }
  });

  test("get no folder of this host, and nothing else of its environment", async () => {
    const found = await variablesOf(hostWith({ GOPROXY: "file:///srv/go", SECRET: "x", GOFLAGS: "-mod=vendor" }));
    expect(Object.keys(found).filter((name) => /GO|SECRET|CERT|CA/.test(name))).toEqual([]);
  });
});
