import { describe, expect, test } from "vitest";
import { registryCredentials } from "../../stack/host/registry-credentials.ts";
import { fakeHost, type Answer } from "../support/fakes/host.ts";

const auth = Buffer.from("me:pass:word").toString("base64");
const DEFAULT = "https://index.docker.io/v1/";

function hostWith(config: unknown, answer: (argv: readonly string[], input: string) => Answer = () => ({})) {
  const asked: string[] = [];
  const host = fakeHost({
    env: { DOCKER_CONFIG: "/home/me/docker" },
    answer: (argv, { input = "" }) => {
      asked.push([...argv, input.trim()].join(" "));
      return answer(argv, input);
    },
  });
  if (config !== undefined) {
    host.files.set("/home/me/docker/config.json", typeof config === "string" ? config : JSON.stringify(config));
  }
  return { host, asked };
}

describe("a login in the client's configuration", () => {
  test.each([
    ["127.0.0.1:5000", "127.0.0.1:5000"],
    ["https://127.0.0.1:5000", "127.0.0.1:5000"],
    ["https://127.0.0.1:5000/v2/", "127.0.0.1:5000"],
    [DEFAULT, ""],
    ["docker.io", ""],
    ["registry-1.docker.io", ""],
  ])("under %s is the one of %j", async (key, registry) => {
    const { host } = hostWith({ auths: { [key]: { auth } } });
    const server = registry === "" ? DEFAULT : registry;
    expect(await registryCredentials(host)(registry)).toEqual({
      credentials: { serveraddress: server, username: "me", password: "pass:word" },
    });
  });

  test("may be a token, and is not another registry's", async () => {
    const { host } = hostWith({ auths: { "a.example": { identitytoken: "t" }, "b.example:5000": { auth } } });
    const of = registryCredentials(host);
    expect(await of("a.example")).toEqual({ credentials: { serveraddress: "a.example", identitytoken: "t" } });
    expect(await of("b.example")).toEqual({});
    expect(await of("")).toEqual({});
  });

  test("may come in DOCKER_AUTH_CONFIG, which comes first", async () => {
    const { host } = hostWith({ auths: { "a.example": { identitytoken: "file" } } });
    const given = JSON.stringify({ auths: { "a.example": { identitytoken: "variable" } } });
    const of = registryCredentials({ ...host, env: { ...host.env, DOCKER_AUTH_CONFIG: given } });
    expect((await of("a.example")).credentials?.identitytoken).toBe("variable");
    const broken = registryCredentials({ ...host, env: { DOCKER_AUTH_CONFIG: "{" } });
    expect((await broken("a.example")).problem).toContain("DOCKER_AUTH_CONFIG");
  });

  test("is none without a file, and a file that cannot be read is named", async () => {
    expect(await registryCredentials(hostWith(undefined).host)("a.example")).toEqual({});
    expect((await registryCredentials(hostWith("{").host)("a.example")).problem).toContain(
      "/home/me/docker/config.json",
    );
  });
});

describe("a credential helper", () => {
  const login = { stdout: JSON.stringify({ ServerURL: "a.example", Username: "me", Secret: "secret" }) };

  test("of the registry comes before the one for all, and both before the file", async () => {
    const { host, asked } = hostWith(
      { credHelpers: { "a.example": "own" }, credsStore: "all", auths: { "a.example": { auth } } },
      () => login,
    );
    const of = registryCredentials(host);
    expect((await of("a.example")).credentials).toEqual({
      serveraddress: "a.example",
      username: "me",
      password: "secret",
    });
    await of("b.example");
    await of("a.example");
    expect(asked).toEqual(["docker-credential-own get a.example", "docker-credential-all get b.example"]);
  });

  test("may give a token", async () => {
    const { host } = hostWith({ credsStore: "all" }, () => ({
      stdout: JSON.stringify({ ServerURL: DEFAULT, Username: "<token>", Secret: "t" }),
    }));
    expect(await registryCredentials(host)("")).toEqual({
      credentials: { serveraddress: DEFAULT, identitytoken: "t" },
    });
  });

  test("without a login leaves the file's", async () => {
    const { host } = hostWith({ credsStore: "all", auths: { "a.example": { auth } } }, () => ({
      exitCode: 1,
      stdout: "credentials not found in native keychain\n",
    }));
    expect((await registryCredentials(host)("a.example")).credentials?.username).toBe("me");
  });

  test("that fails, or answers something else, is named with what it said, and never with a secret", async () => {
    const failing = hostWith({ credsStore: "all" }, () => ({ exitCode: 1, stderr: "the keychain is locked\n" }));
    expect(await registryCredentials(failing.host)("a.example")).toEqual({
      problem: "docker-credential-all failed: the keychain is locked",
    });
    const odd = hostWith({ credsStore: "all" }, () => ({ stdout: "secret" }));
    expect(await registryCredentials(odd.host)("a.example")).toEqual({
      problem: "docker-credential-all gave no login in JSON",
    });
  });
});
