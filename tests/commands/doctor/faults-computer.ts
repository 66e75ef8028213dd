/** Faults of the computer, its engine and its machine. */
import { once } from "node:events";
import { createServer } from "node:net";
import { PlumblineError } from "../../../stack/core/errors.ts";
import type { Discovery } from "../../../stack/commands/request/discovery.ts";
import { likelyRuntime } from "../../../stack/commands/request/request.ts";
import { bytes, gib, mib } from "../../../stack/core/units.ts";
import { CREATE, PROFILE, scene } from "../../support/colima/scene.ts";
import { colimaHost } from "../../support/colima/host.ts";
import type { FoundFault } from "./fault.ts";
import type { DoctorWorld } from "./world.ts";

const BY_HAND = "it is a setting of the computer, which its owner decides";

function facts(world: DoctorWorld, parts: Partial<DoctorWorld["engine"]["world"]["facts"]>): void {
  world.engine.world.facts = { ...world.engine.world.facts, ...parts };
}

/** Looks at a stack of this name in a Colima machine, as it is found now. */
async function inColima(world: DoctorWorld, change: (found: Awaited<ReturnType<typeof scene>>) => Promise<unknown>) {
  const found = await scene();
  await change(found);
  const state = await found.runtime.observe();
  const host = colimaHost(found.fake);
  world.wanted = { ...world.wanted, stack: "shop", host };
  const { runtime } = found;
  world.discovery =
    state.state === "running"
      ? { kind: "engine", runtime, state, engine: await runtime.engine() }
      : { kind: "machine down", runtime, state, passed: [] };
}

/** Nothing that could run containers. */
function without(world: DoctorWorld, why: string, fix: string, absent: boolean): Discovery {
  const runtime = likelyRuntime(world.wanted);
  return { kind: "no runtime", runtime, none: [{ runtime: runtime.name, why, fix, absent }] };
}

export const COMPUTER_FAULTS: readonly FoundFault[] = [
  {
    fault: "variables of the shell that change Docker, Compose or a client",
    check: "environment",
    moment: "before up",
    status: "warning",
    says: /COMPOSE_FILE, DOCKER_DEFAULT_PLATFORM, PGOPTIONS are set/,
    mends: "a command cannot change the shell that started it",
    arrange: async (world) => {
      world.env = {
        DOCKER_DEFAULT_PLATFORM: "linux/arm64",
        COMPOSE_FILE: "/x",
        PGOPTIONS: "-c jit=off",
        HOME: "/root",
      };
    },
  },
  {
    fault: "variables of the shell that change the Node.js of Plumbline",
    check: "environment",
    moment: "before up",
    status: "warning",
    says: "NODE_OPTIONS changes the Node.js",
    mends: "a command cannot change the shell that started it",
    arrange: async (world) => {
      world.env = { NODE_OPTIONS: "--max-old-space-size=512" };
    },
  },
  {
    fault: "a clock of the machine that differs from this computer's",
    check: "clock",
    moment: "before up",
    status: "warning",
    says: "95 s behind",
    mends: "it takes root of the machine, or a stop of everything in it",
    arrange: async ({ engine }) => {
      engine.world.clockAheadMs = -95_000;
    },
  },
  {
    fault: "a kernel that refuses memory to a server that forks",
    check: "overcommit",
    moment: "before up",
    status: "warning",
    says: "vm.overcommit_memory is 0",
    mends: BY_HAND,
    arrange: async ({ host }) => host.files.set("/proc/sys/vm/overcommit_memory", "0\n"),
  },
  {
    fault: "a kernel that counts reserved memory as used",
    check: "overcommit",
    moment: "before up",
    status: "warning",
    says: "vm.overcommit_memory is 2",
    mends: BY_HAND,
    arrange: async ({ host }) => host.files.set("/proc/sys/vm/overcommit_memory", "2\n"),
  },
  {
    fault: "an engine that cannot give containers enough open files",
    check: "open files",
    moment: "before up",
    status: "warning",
    says: "1024 open files",
    mends: BY_HAND,
    arrange: async (world) => facts(world, { openFilesLimit: 1_024 }),
  },
  {
    fault: "little space for images and volumes",
    check: "engine disk",
    moment: "before up",
    status: "warning",
    says: "3 GiB free",
    mends: "nobody but its owner knows what may go",
    arrange: async (world) => facts(world, { diskFree: gib(3) }),
  },
  {
    fault: "no space for one image",
    check: "engine disk",
    moment: "before up",
    status: "problem",
    says: "300 MiB free",
    mends: "nobody but its owner knows what may go",
    arrange: async (world) => facts(world, { diskFree: mib(300) }),
  },
  {
    fault: "a machine smaller than the services need",
    check: "budget",
    moment: "before up",
    status: "problem",
    says: /need/,
    mends: "the profile or the machine has to change",
    arrange: async (world) => facts(world, { memory: bytes(300 * 2 ** 20) }),
  },
  {
    fault: "a machine of another size than the profile's",
    check: "machine",
    moment: "before up",
    status: "warning",
    says: "has 1 cpus and the profile wants 2",
    mends: "`up` does it after a question where it can be done: it stops everything",
    arrange: async (world) => facts(world, { cpus: 1 }),
  },
  {
    fault: "a port that another program has",
    check: "ports",
    moment: "before up",
    status: "problem",
    says: `by node (pid ${process.pid})`,
    mends: "the other program belongs to somebody",
    arrange: async (world) => {
      const server = createServer();
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      world.atEnd(async () => server.close());
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      const first = world.wanted.services.flatMap(({ ports }) => ports)[0]?.defaultHostPort ?? 0;
      world.wanted = { ...world.wanted, profile: { ...world.wanted.profile, portOffset: port - first } };
    },
  },
  {
    fault: "a registry that cannot be reached",
    check: "registry",
    moment: "before up",
    status: "warning",
    says: "cannot be reached: no route to host",
    mends: "the network has to change, or a mirror be named",
    arrange: async ({ engine }) => {
      engine.images.outage = "no route to host";
    },
  },
  {
    fault: "a registry that cannot be reached, where images may come from nowhere else",
    check: "registry",
    moment: "before up",
    status: "problem",
    says: "cannot be reached",
    mends: "the network has to change, or a mirror be named",
    arrange: async (world) => {
      world.engine.images.outage = "no route to host";
      world.wanted = { ...world.wanted, profile: { ...world.wanted.profile, images: "registry" } };
    },
  },
  {
    fault: "a registry that refuses the login, or lacks one",
    check: "registry",
    moment: "before up",
    status: "warning",
    says: "refuses",
    mends: "nobody but its owner has the login",
    arrange: async ({ engine }) => {
      engine.images.ask = async () => ({ kind: "refused", reason: "authentication required" });
    },
  },
  {
    fault: "a credential helper that is named and not installed",
    check: "registry login",
    moment: "before up",
    status: "warning",
    says: "docker-credential-keychain, which has the login, is not installed",
    mends: "it is another program's installation",
    arrange: async ({ host, wanted }) => {
      host.files.set(`${host.home}/.docker/config.json`, JSON.stringify({ credsStore: "keychain" }));
      const run = host.run.bind(host);
      const absent = { ended: "absent", ok: false, exitCode: 127, stdout: "", stderr: "" } as const;
      Object.assign(wanted.host, {
        run: async (...call: Parameters<typeof run>) =>
          call[0][0] === "docker-credential-keychain" ? absent : run(...call),
      });
    },
  },
  {
    fault: "no engine at all",
    check: "runtime",
    moment: "before up",
    status: "problem",
    says: "no container engine can be used",
    mends: "`up` installs one, and names it before",
    arrange: async (world) => {
      world.discovery = without(world, "no usual socket exists", "Start it.", true);
    },
  },
  {
    fault: "an engine whose socket this user may not use",
    check: "runtime engine",
    moment: "before up",
    status: "warning",
    says: "EACCES",
    mends: "it takes root, and a new login",
    arrange: async (world) => {
      const why = "connect EACCES /var/run/docker.sock";
      const fix = "sudo usermod -aG docker $USER";
      world.discovery = without(world, why, fix, false);
      const refuse = () =>
        Promise.reject(new PlumblineError("ENGINE_UNREACHABLE", { what: "Could not reach the engine", why, fix }));
      const host = { ...world.host, env: {}, kind: async () => "socket" as const, read: refuse };
      world.wanted = { ...world.wanted, host };
    },
  },
  {
    fault: "a Colima without Lima",
    check: "runtime colima",
    moment: "before up",
    status: "warning",
    says: "lima is not installed",
    mends: "`up` installs what it can, and names it before",
    arrange: async (world) => {
      world.discovery = without(world, "lima is not installed", "Install it.", false);
      world.wanted = {
        ...world.wanted,
        host: { ...world.host, which: async (name) => (name === "colima" ? "/bin/colima" : undefined) },
      };
    },
  },
  {
    fault: "a runtime that the stack was brought up in, and that is gone",
    check: "runtime",
    moment: "before up",
    status: "problem",
    says: "was brought up in colima, which is gone",
    mends: "its volumes were in it: `up` says it, and uses another one",
    arrange: async (world) => {
      world.wanted = { ...world.wanted, runtime: "colima", isRemembered: true };
      world.discovery = without(world, "colima is not installed", "Install it.", true);
    },
  },
  {
    fault: "a machine that is listed as running and does not answer",
    check: "colima machine",
    moment: "running",
    status: "warning",
    says: "host agent is gone",
    mends: "`up` repairs it: whatever runs in it is stopped",
    arrange: (world) =>
      inColima(world, async ({ fake, apply }) => {
        await apply(CREATE);
        fake.inject({ kind: "broken", profile: PROFILE });
      }),
  },
  {
    fault: "a data disk without its machine",
    check: "colima disk",
    moment: "before up",
    status: "warning",
    says: "is there without its machine",
    mends: "it may hold data: `destroy --machine` removes it after a question",
    arrange: (world) =>
      inColima(world, async ({ fake, apply }) => {
        await apply(CREATE);
        await fake.run(["stop", PROFILE]);
        await fake.run(["delete", "--force", PROFILE]);
      }),
  },
];
