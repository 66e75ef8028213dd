import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { startCli } from "../../support/live/cli.ts";
import { accepts } from "../../support/live/ports.ts";
import { REDIS_ONLY } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

/** A neighbour: a network namespace at the other end of a cable, with a route to the stack's containers. */
const NEIGHBOUR = `plumb-n${process.pid % 100_000}`;
const [NEAR, FAR] = [`pn${process.pid % 100_000}a`, `pn${process.pid % 100_000}b`];
/** Of TEST-NET-2 (RFC 5737), which nobody uses; another part for each process, since an ended one may have left its cable. */
const PART = 4 * (process.pid % 64);
const [HERE, THERE] = [`198.51.100.${PART + 1}`, `198.51.100.${PART + 2}`];

const run = (...argv: readonly string[]) => spawnSync(argv[0] ?? "", argv.slice(1), { encoding: "utf8" });
const must = (...argv: readonly string[]) => {
  const { status, stderr } = run(...argv);
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
};
const rules = () => run("iptables", "-S", "DOCKER-USER").stdout;
const neighbour = (...argv: readonly string[]) => run("ip", "netns", "exec", NEIGHBOUR, ...argv);
const bridge = () => /-o (br-\w+) .*--comment "?plumbline:t-/.exec(rules())?.[1];
const version = Number.parseInt(run("docker", "version", "--format", "{{.Server.Version}}").stdout, 10);
const reason =
  process.getuid?.() !== 0 || run("ip", "netns", "list").status !== 0 || rules() === ""
    ? "namespaces and rules of the firewall need root, ip and iptables"
    : version >= 28
      ? "the engine refuses such packets itself"
      : undefined;
if (reason !== undefined) process.stderr.write(`direct-routing.test.ts is skipped: ${reason}\n`);

const routeTo = (address: string) => must("ip", "-n", NEIGHBOUR, "route", "replace", `${address}/32`, "via", HERE);
/** What Redis answers to the neighbour within that many seconds, and else how the attempt ended. */
const answerOf = (address: string, seconds: number) => {
  const probe = `until exec 3<>/dev/tcp/${address}/6379; do sleep 0.2; done; echo PING >&3 && head -1 <&3`;
  const { stdout, stderr, status } = neighbour("timeout", String(seconds), "bash", "-c", probe);
  return stdout.trim() || `no answer: ${status === 124 ? "time is up" : stderr.trim()}`;
};
/** What decides whether a packet of the neighbour's is forwarded, for the message of a failed test. */
const forwarding = () =>
  [
    run("sysctl", "net.ipv4.ip_forward", "net.ipv4.conf.all.rp_filter").stdout,
    run("ip", "route").stdout,
    run("iptables", "-S", "FORWARD").stdout,
    rules(),
    run("iptables", "-S", "DOCKER").stdout,
  ].join("\n");

const Verified = z.object({ machine: z.object({ notes: z.array(z.string()) }) });
const Examined = z.object({ checks: z.array(z.object({ check: z.string(), status: z.string() })) });

await describeStack("a neighbour that routes to the containers' addresses", () => {
  let stack: Stack;
  let address = "";

  const reaches = (seconds = 2) => answerOf(address, seconds);
  const command = (name: string, ...args: readonly string[]) =>
    startCli(name, ["--stack", stack.name, "--profile", stack.profile, "--json", ...args]).ended;
  const notes = async () => Verified.parse(JSON.parse((await command("verify", "--no-bench")).stdout)).machine.notes;
  const statusIn = async (...args: readonly string[]) => {
    const { checks } = Examined.parse(JSON.parse((await command("doctor", ...args)).stdout));
    return checks.find(({ check }) => check === "neighbours")?.status;
  };
  const find = async () => {
    const { NetworkSettings } = await stack.container("redis-1").inspect();
    address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
    routeTo(address);
  };
  /** Whether the neighbour reaches a container that is not of a stack, which tells what the machine itself forwards. */
  const isForwarded = async () => {
    const { Config } = await stack.container("redis-1").inspect();
    const argv = ["docker", "run", "-d", "--name", NEIGHBOUR, "-p", "127.0.0.1::6379", "--entrypoint", "redis-server"];
    must(...argv, Config.Image, "--protected-mode", "no");
    try {
      const plain = run("docker", "inspect", "-f", "{{.NetworkSettings.IPAddress}}", NEIGHBOUR).stdout.trim();
      routeTo(plain);
      return answerOf(plain, 30) === "+PONG";
    } finally {
      run("docker", "rm", "-f", "-v", NEIGHBOUR);
    }
  };

  /** Rules that name the stack, and none whose name goes on. */
  const ownRules = () =>
    rules()
      .split("\n")
      .filter((rule) => new RegExp(String.raw`plumbline:${stack.name}[" ]`).test(rule));

  beforeAll(async () => {
    if (reason !== undefined) return;
    must("ip", "netns", "add", NEIGHBOUR);
    must("ip", "link", "add", NEAR, "type", "veth", "peer", "name", FAR, "netns", NEIGHBOUR);
    must("ip", "addr", "add", `${HERE}/30`, "dev", NEAR);
    must("ip", "link", "set", NEAR, "up");
    must("ip", "-n", NEIGHBOUR, "addr", "add", `${THERE}/30`, "dev", FAR);
    must("ip", "-n", NEIGHBOUR, "link", "set", FAR, "up");
    stack = await makeStack(REDIS_ONLY);
    await stack.up();
    await find();
  });
  afterAll(async () => {
    if (reason !== undefined) return;
    run("ip", "netns", "del", NEIGHBOUR); // takes both ends of the cable with it
    await command("destroy", "--yes");
    await stack.close();
  });

  test.skipIf(reason !== undefined)(
    "reaches them on an engine before 28, and verify and doctor say so",
    async (context) => {
      if (!(await isForwarded())) {
        process.stderr.write(`this machine forwards no packets of a neighbour to any container:\n${forwarding()}\n`);
        context.skip("this machine forwards no packets of a neighbour to any container");
      }
      // A busy machine may need longer than the attempts that are expected to fail.
      expect(reaches(30), forwarding()).toMatch(/^-NOAUTH/);
      expect((await notes()).join("\n")).toMatch(
        /no rule keeps it out: `npm run doctor -- --stack \S+ --fix` adds one/,
      );
      expect(await statusIn()).toBe("warning");
      expect(ownRules()).toEqual([]);
    },
  );

  test.skipIf(reason !== undefined)("reaches none after doctor --fix, while this computer still does", async () => {
    expect(await statusIn("--fix")).toBe("ok");
    expect(reaches()).toMatch(/^no answer/);
    expect(await accepts("127.0.0.1", 6379 + stack.offset)).toBe(true);
    expect(await accepts(address, 6379)).toBe(true);
    const before = rules();
    expect(ownRules()).toHaveLength(1);
    await command("doctor", "--fix");
    expect(rules()).toBe(before);
    expect((await notes()).join("\n")).not.toContain("no rule keeps it out");
  });

  test.skipIf(reason !== undefined)("reaches none either after the networks were made anew", async () => {
    const was = bridge();
    expect((await command("down")).exitCode).toBe(0);
    await stack.up();
    await find();
    expect(bridge()).not.toBe(was);
    expect(reaches()).toMatch(/^no answer/);
    expect(await accepts("127.0.0.1", 6379 + stack.offset)).toBe(true);
  });

  test.skipIf(reason !== undefined)("leaves no rule behind when the stack is destroyed", async () => {
    expect((await command("destroy", "--yes")).exitCode).toBe(0);
    expect(ownRules()).toEqual([]);
  });
});
