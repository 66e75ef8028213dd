import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { engineAddresses, isRemote } from "../../stack/docker/address.ts";
import type { AddressHost } from "../../stack/docker/address.ts";

interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly sockets?: readonly string[];
}

function host({ env = {}, files = {}, sockets = [] }: World): AddressHost {
  return {
    env,
    home: "/home/ada",
    platform: "linux",
    read: (path) => Promise.resolve(files[path]),
    kind: (path) => Promise.resolve(sockets.includes(path) ? "socket" : "absent"),
  };
}

function contextFile(folder: string, name: string, address: string): Readonly<Record<string, string>> {
  const id = createHash("sha256").update(name).digest("hex");
  const meta = { Name: name, Endpoints: { docker: { Host: address, SkipTLSVerify: false } } };
  return { [`${folder}/contexts/meta/${id}/meta.json`]: JSON.stringify(meta) };
}

const chosen = { "/home/ada/.docker/config.json": '{"currentContext":"desktop"}' };
const desktop = contextFile("/home/ada/.docker", "desktop", "unix:///home/ada/.docker/run/docker.sock");
const usual = ["/var/run/docker.sock"];

test("DOCKER_HOST decides alone", async () => {
  const world = { env: { DOCKER_HOST: "tcp://127.0.0.1:2375" }, files: { ...chosen, ...desktop }, sockets: usual };
  expect(await engineAddresses(host(world))).toEqual([{ address: "tcp://127.0.0.1:2375", origin: "DOCKER_HOST" }]);
});

test("the current context of the client comes before the usual sockets", async () => {
  const world = { files: { ...chosen, ...desktop }, sockets: usual };
  expect(await engineAddresses(host(world))).toEqual([
    { address: "unix:///home/ada/.docker/run/docker.sock", origin: "Docker context desktop" },
  ]);
});

test("DOCKER_CONTEXT and DOCKER_CONFIG replace the client's own", async () => {
  const files = contextFile("/etc/d", "other", "unix:///o.sock");
  const world = { env: { DOCKER_CONTEXT: "other", DOCKER_CONFIG: "/etc/d" }, files: { ...chosen, ...files } };
  expect(await engineAddresses(host(world))).toEqual([{ address: "unix:///o.sock", origin: "Docker context other" }]);
});

test("the context `default` means the usual sockets, in their order, as far as they exist", async () => {
  const sockets = ["/home/ada/.docker/run/docker.sock", "/run/user/1000/docker.sock"];
  const env = { DOCKER_CONTEXT: "default", XDG_RUNTIME_DIR: "/run/user/1000" };
  const addresses = await engineAddresses(host({ env, files: chosen, sockets }));
  expect(addresses.map(({ address }) => address)).toEqual([
    "unix:///run/user/1000/docker.sock",
    "unix:///home/ada/.docker/run/docker.sock",
  ]);
});

test("a context that is named and cannot be read is an error, not another engine", async () => {
  const world = { env: { DOCKER_CONTEXT: "gone" }, sockets: usual };
  await expect(engineAddresses(host(world))).rejects.toMatchObject({
    code: "NO_RUNTIME",
    why: "there is no Docker context gone (DOCKER_CONTEXT)",
    fix: "Set DOCKER_CONTEXT to one that exists (`docker context ls`), or unset it.",
  });
});

test("a missing context that the client's configuration names is chosen anew by the client", async () => {
  await expect(engineAddresses(host({ files: chosen, sockets: usual }))).rejects.toMatchObject({
    why: "there is no Docker context desktop (currentContext)",
    fix: "Choose one that exists: `docker context ls`, then `docker context use <name>`.",
  });
});

test("an empty DOCKER_CONTEXT counts as unset: the client's own context is used", async () => {
  const world = { env: { DOCKER_CONTEXT: "" }, files: { ...chosen, ...desktop }, sockets: usual };
  expect(await engineAddresses(host(world))).toMatchObject([{ origin: "Docker context desktop" }]);
});

test("a configuration that is no JSON is passed over", async () => {
  const world = { files: { "/home/ada/.docker/config.json": "{" }, sockets: usual };
  expect((await engineAddresses(host(world))).length).toBe(1);
});

test.each([
  ["unix:///var/run/docker.sock", false],
  ["tcp://127.0.0.1:2375", false],
  ["tcp://localhost:2375", false],
  ["tcp://127.0.0.1:99999", false],
  ["tcp://[::1]:2375", false],
  ["tcp://10.0.0.7:2376", true],
  ["ssh://ada@build.example", true],
])("%s is on another computer: %s", (address, remote) => {
  expect(isRemote(address)).toBe(remote);
});
