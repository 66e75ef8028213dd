import type Docker from "dockerode";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { failureOf, startCli } from "../../support/live/cli.ts";
import { definedAs } from "../../support/live/docker.ts";
import { redisCommand } from "../../support/live/clients.ts";
import { SMALL } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

const INSTANCE = "redis-1";
const LABEL = "plumbline.test";

const texts = z.array(z.string());

type Options = Docker.ContainerCreateOptions;
type Host = NonNullable<Options["HostConfig"]>;

/** What somebody gives a container that is otherwise the same, and what must be said of it. */
const GIVEN: readonly (readonly [string, (host: Host) => Options, string])[] = [
  ["privileges", () => ({ HostConfig: { Privileged: true } }), "it has privileged beyond its definition"],
  ["a way to gain rights", () => ({ HostConfig: { SecurityOpt: [] } }), "it lacks security_opt no-new-privileges:true"],
  [
    "another profile of system calls",
    ({ SecurityOpt }) => ({ HostConfig: { SecurityOpt: [...texts.parse(SecurityOpt), "seccomp=unconfined"] } }),
    "it has security_opt seccomp:unconfined beyond",
  ],
  ["the machine's processes", () => ({ HostConfig: { PidMode: "host" } }), "it has pid: host beyond its definition"],
  [
    "the machine's network",
    () => ({ HostConfig: { NetworkMode: "host", PortBindings: {} } }),
    "it has network_mode: host; network host beyond",
  ],
  ["another user", () => ({ User: "65534:65534" }), "it has user 65534:65534 beyond its definition"],
  [
    "a device",
    () => ({
      HostConfig: { Devices: [{ PathOnHost: "/dev/null", PathInContainer: "/dev/x", CgroupPermissions: "rwm" }] },
    }),
    "it has device /dev/null beyond",
  ],
  [
    "a rule for devices",
    () => ({ HostConfig: { DeviceCgroupRules: ["c 1:3 rwm"] } }),
    "it has device rule c 1:3 rwm beyond",
  ],
  [
    "a volume of somebody else",
    ({ Binds }) => ({ HostConfig: { Binds: [...texts.parse(Binds ?? []), "/etc:/machine"] } }),
    "it has mount /etc at /machine, writable beyond",
  ],
  [
    "all paths of the kernel",
    () => ({ HostConfig: { MaskedPaths: [], ReadonlyPaths: [] } }),
    "it has security_opt systempaths:unconfined beyond",
  ],
  [
    "another place of a neighbour",
    () => ({ HostConfig: { ExtraHosts: ["redis-2:10.0.0.9"] } }),
    "it has extra_hosts redis-2:10.0.0.9 beyond",
  ],
  [
    "a restart that hides a crash",
    () => ({ HostConfig: { RestartPolicy: { Name: "always", MaximumRetryCount: 0 } } }),
    "it has restart always beyond",
  ],
];

await describeStack("a container with the stack's own labels that somebody made by hand", () => {
  let stack: Stack;
  let original: Docker.ContainerInspectInfo;

  const differences = async (): Promise<string> => {
    const args = ["--stack", stack.name, "--profile", stack.profile, "--no-bench", "--json"];
    const ended = await startCli("verify", args).ended;
    if (ended.exitCode === 0) return "";
    expect(ended.exitCode).toBe(4);
    return JSON.stringify(failureOf(ended).details["differences"]);
  };
  const makeAnew = async (parts: Options) => {
    await stack.container(INSTANCE).remove({ force: true });
    const HostParts = { ...original.HostConfig, ...parts.HostConfig };
    const [network = ""] = Object.keys(original.NetworkSettings.Networks);
    const made = await stack.docker.createContainer({
      ...definedAs(original),
      ...parts,
      HostConfig: HostParts,
      ...(HostParts.NetworkMode === "host"
        ? {}
        : { NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [INSTANCE] } } } }),
    });
    // What makes it another one is set when it is created; not every one of them starts.
    await made.start().catch(() => undefined);
  };

  beforeAll(async () => {
    stack = await makeStack(SMALL);
    await stack.up();
    await redisCommand(stack, ["SET", "kept", "still here"]);
    original = await stack.container(INSTANCE).inspect();
  });
  afterAll(() => stack.close());

  test("is as wanted if nothing else is changed", async () => {
    await makeAnew({});
    expect(await differences()).toBe("");
  });

  test.each(GIVEN)("with %s must be told by verify", async (_, partsOf, text) => {
    await makeAnew(partsOf(original.HostConfig));
    expect(await differences()).toContain(`recreate ${INSTANCE}: ${text}`);
  });

  describe("and attached to another network", () => {
    let network: Docker.Network;
    beforeAll(async () => {
      network = await stack.docker.createNetwork({
        Name: `${stack.project}-somebodys`,
        Labels: { [LABEL]: String(process.pid) },
      });
    });
    afterEach(async () => {
      await network.disconnect({ Container: `${stack.project}-${INSTANCE}`, Force: true }).catch(() => undefined);
    });
    afterAll(() => network.remove());

    test("must be told by verify, and made anew on its own data by up", async () => {
      await makeAnew({});
      await network.connect({ Container: `${stack.project}-${INSTANCE}` });
      expect(await differences()).toContain(`it has network ${stack.project}-somebodys beyond its definition`);
      const { plan } = await stack.up();
      expect(plan).toContainEqual(expect.objectContaining({ action: "recreate-container" }));
      expect(Object.keys((await stack.container(INSTANCE).inspect()).NetworkSettings.Networks)).toEqual([
        `${stack.project}-data`,
      ]);
      expect(await redisCommand(stack, ["GET", "kept"])).toBe("still here");
      expect(await differences()).toBe("");
    });
  });
});
