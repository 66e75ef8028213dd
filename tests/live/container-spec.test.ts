/** Everything that a service may ask for its container reaches it: looked at from outside and from inside. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { deviationOf, type Confinement } from "../../stack/core/service/confinement.ts";
import { openCompose } from "../../stack/docker/compose.ts";
import { openEngine } from "../../stack/docker/engine.ts";
import { writeSecretFiles } from "../../stack/records/secret-files.ts";
import { composeFiles } from "../../stack/render/compose.ts";
import { renderFiles } from "../../stack/render/stack.ts";
import { agentStack } from "../support/core/agent.ts";
import { docker } from "../support/images/docker.ts";
import { findImage, whyNoEngine } from "../support/live/docker.ts";

const STACK = `spec${process.pid}`;
const CONTAINER = `plumbline-${STACK}-agent`;
const ADDRESS = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
const SECRET = "password=hush-hush";
const DEADLINE_MS = 60_000;

const image = (await whyNoEngine()) === undefined ? await findImage("base") : undefined;
if (image === undefined) process.stderr.write("container-spec is skipped: no base image is in an engine\n");

const inspected = z.object({
  HostConfig: z.object({
    CapAdd: z.array(z.string()),
    CapDrop: z.array(z.string()),
    PidsLimit: z.number().nullable(),
    Privileged: z.boolean(),
    GroupAdd: z.array(z.string()),
    ReadonlyRootfs: z.boolean(),
    PidMode: z.string(),
    Ulimits: z.array(z.object({ Name: z.string(), Soft: z.number(), Hard: z.number() })),
  }),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()) }),
  Mounts: z.array(z.object({ Source: z.string(), Destination: z.string(), RW: z.boolean() })),
});

const inside = (script: string) => docker("exec", CONTAINER, "sh", "-c", script);
const refused = (script: string) => inside(script).catch((error: unknown) => String(error));

describe.skipIf(image === undefined)("a container", () => {
  let folder = "";
  let whole = "";
  let openFiles = 0;
  let limitsProcesses = true;
  let wanted: Confinement;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "plumbline-spec-"));
    const engine = await openEngine(ADDRESS);
    const facts = await engine.facts();
    openFiles = Math.min(70_000, facts.openFilesLimit ?? 70_000);
    limitsProcesses = facts.limitsProcesses ?? true;
    const desired = agentStack(
      {
        container: {
          command: ["sleep", "300"],
          user: "65534:65534",
          networks: ["observability", "data"],
          mounts: [
            { kind: "host", source: "/proc", target: "/host/proc" },
            { kind: "host", source: "/sys", target: "/host/sys" },
            { kind: "host", source: "/", target: "/host/root" },
            { kind: "engine-socket", target: "/run/engine.sock" },
          ],
          capabilities: ["SYS_PTRACE"],
          groups: ["4"],
          openFiles: 70_000,
          processes: 1_500,
          readOnlyRoot: true,
          pidMode: "host",
          tmpfs: ["/tmp"],
          secretFiles: [{ path: "my.cnf", text: SECRET }],
        },
        files: [{ path: "logo.bin", bytes: Uint8Array.of(0xff, 0, 0xfe) }],
      },
      { stack: STACK, engine: facts },
    );
    wanted = desired.services[0]?.instances[0]?.confinement ?? expect.fail("no agent");
    const services = desired.services.map((service) => ({
      ...service,
      image: { ...service.image, reference: image ?? "" },
    }));
    for (const [path, content] of renderFiles({ ...desired, services }, composeFiles)) {
      await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o755 });
      await writeFile(join(folder, path), content);
    }
    await mkdir(join(folder, "secrets"), { mode: 0o700 });
    await writeSecretFiles(join(folder, "secrets"), desired.services);
    await openCompose(engine, process.env).run(["-f", join(folder, "compose.yaml"), "up", "-d"], {
      timeoutMs: DEADLINE_MS,
    });
    whole = await docker("inspect", CONTAINER);
  }, DEADLINE_MS);

  afterAll(async () => {
    const engine = await openEngine(ADDRESS);
    await openCompose(engine, process.env).run(["-f", join(folder, "compose.yaml"), "down"], {
      timeoutMs: DEADLINE_MS,
    });
    await rm(folder, { recursive: true, force: true });
  }, DEADLINE_MS);

  const look = () => z.tuple([inspected]).parse(JSON.parse(whole))[0];

  test("must have the rights, the limit of open files and the networks that its service asks for", async () => {
    const { HostConfig, NetworkSettings } = look();
    expect(HostConfig).toEqual({
      CapAdd: [expect.stringMatching(/^(CAP_)?SYS_PTRACE$/)],
      CapDrop: ["ALL"],
      PidsLimit: limitsProcesses ? 2048 : null,
      Privileged: false,
      GroupAdd: ["4"],
      ReadonlyRootfs: true,
      PidMode: "host",
      Ulimits: [{ Name: "nofile", Soft: openFiles, Hard: openFiles }],
    });
    expect(Object.keys(NetworkSettings.Networks).toSorted()).toEqual([
      `plumbline-${STACK}-data`,
      `plumbline-${STACK}-observability`,
    ]);
    expect(await inside("ulimit -n; id -G")).toBe(`${openFiles}\n65534 4\n`);
    expect(await refused("touch /etc/x")).toContain("Read-only file system");
    expect(await inside("touch /tmp/x && echo written")).toBe("written\n");
  });

  test("must be reported by its engine exactly as it is wanted, also by what the kernel says inside", async () => {
    const [container] = await (await openEngine(ADDRESS)).containers(`plumbline-${STACK}`);
    expect(container?.folder).toBe(folder);
    expect(deviationOf(wanted, container?.confinement ?? expect.fail("no container"), folder)).toBeUndefined();
    const status = await inside("cat /proc/self/status");
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^CapBnd:\t0*80000$/m); // 1 << 19: CAP_SYS_PTRACE
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  });

  test("must see its machine where its service reads it, and not be able to write there", async () => {
    const mounts = look().Mounts.filter(({ Destination }) => /^\/(host|run\/engine)/.test(Destination));
    expect(Object.fromEntries(mounts.map(({ Destination, RW }) => [Destination, RW]))).toEqual({
      "/host/proc": false,
      "/host/root": false,
      "/host/sys": false,
      "/run/engine.sock": false,
    });
    expect(await inside("cat /host/proc/loadavg; ls -d /host/sys/kernel /host/root/etc")).toMatch(
      /^\d+\.\d+ .*\n\/host\/root\/etc\n\/host\/sys\/kernel\n$/,
    );
    expect(await inside("test -S /run/engine.sock && echo socket")).toBe("socket\n");
    expect(await refused("touch /host/root/tmp/x")).toContain("Read-only file system");
  });

  test("must read its secret file as a user who is not root, and inspect must not hold it", async () => {
    expect(await inside("id -u; cat /run/secrets/my.cnf")).toBe(`65534\n${SECRET}`);
    expect(await refused("echo x >/run/secrets/my.cnf")).toMatch(/Read-only file system|Permission denied/);
    expect(whole).not.toContain(SECRET);
  });

  test("must find its static file byte for byte", async () => {
    expect(await inside("od -An -tx1 /etc/plumbline/logo.bin")).toBe(" ff 00 fe\n");
  });
});
