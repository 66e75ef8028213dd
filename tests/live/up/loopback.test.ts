import { createServer, type Server } from "node:net";
import type Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { docker, execIn, LABEL, removeLeftovers } from "../../support/live/docker.ts";
import { accepts } from "../../support/live/ports.ts";
import { SMALL } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

const NAME = `plumbline-loopback-${process.pid}`;

await describeStack("the published ports of a stack", () => {
  let stack: Stack;
  let network: Docker.Network;
  let outsider: Docker.Container;
  let hostEnd: string;
  let ports: readonly { readonly container: number; readonly host: number; readonly address: string }[];
  let listener: Server;

  /** Whether a container of another network gets a connection. Bash needs no further program for that. */
  const outsiderReaches = async (address: string, port: number): Promise<boolean> => {
    const probe = `timeout 2 bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>/dev/null && echo open || echo shut`;
    return (await execIn(outsider, ["bash", "-c", probe])).stdout.trim() === "open";
  };

  beforeAll(async () => {
    await removeLeftovers();
    stack = await makeStack(SMALL);
    await stack.up();
    const inspected = await Promise.all(Object.keys(await stack.seen()).map((name) => stack.container(name).inspect()));
    ports = inspected.flatMap(({ NetworkSettings }) => {
      const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
      return Object.entries(NetworkSettings.Ports).flatMap(([port, bindings]) =>
        (bindings ?? []).map(({ HostPort }) => ({
          container: Number.parseInt(port, 10),
          host: Number(HostPort),
          address,
        })),
      );
    });
    const labels = { [LABEL]: String(process.pid) };
    network = await docker.createNetwork({ Name: NAME, Labels: labels });
    const { IPAM } = await network.inspect();
    hostEnd = IPAM?.Config?.[0]?.["Gateway"] ?? "";
    outsider = await docker.createContainer({
      name: NAME,
      Image: (await stack.container("postgres").inspect()).Config.Image,
      Labels: labels,
      Entrypoint: ["sleep"],
      Cmd: ["300"],
      HostConfig: { NetworkMode: NAME },
    });
    await outsider.start();
    listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, hostEnd, resolve));
  });
  afterAll(async () => {
    listener.close();
    await outsider.remove({ force: true, v: true });
    await network.remove();
    await stack.close();
  });

  test("are open on this host's loopback address", async () => {
    expect(ports.length).toBe(3);
    for (const { host } of ports) expect(await accepts("127.0.0.1", host)).toBe(true);
  });

  test("refuse whoever comes from another network to this host's end of it, where other listeners are reached", async () => {
    const address = listener.address();
    const open = typeof address === "object" && address !== null ? address.port : 0;
    expect(await outsiderReaches(hostEnd, open)).toBe(true);
    for (const { host } of ports) expect([host, await outsiderReaches(hostEnd, host)]).toEqual([host, false]);
  });

  test("are closed on every other address of this host", async () => {
    for (const { host } of ports) expect([host, await accepts(hostEnd, host)]).toEqual([host, false]);
  });

  test("are not reached around the host either: the servers' own addresses are closed to other networks", async () => {
    for (const { address, container } of ports) {
      expect([address, container, await outsiderReaches(address, container)]).toEqual([address, container, false]);
    }
  });
});
