/** What every service promises of its running half. All services run in one stack; each is asked for the same. */
import { describe, expect, test } from "vitest";
import type { ConfiguredService, Connection, Target } from "../../stack/core/service/service.ts";
import { isEffective, type Setting } from "../../stack/core/service/setting.ts";
import { eventually, type Server } from "../support/live/server.ts";
import { answering, type StackMember } from "./service/stack-of-all.ts";
import { otherSettings } from "./service/other-settings.ts";

/** Promises that a service does not keep, with the reason. */
export interface LiveExceptions {
  readonly takesWrongValues?: string;
}

const WRONG_PASSWORD = "a-password-of-nobody";
/** After the slowest of them took a place in its cluster again, or found its neighbour at another address. */
const READY_DEADLINE_MS = 60_000;
const CLOSED_DEADLINE_MS = 10_000;

/** `member` is called in tests only: the stack comes up before them. */
export function liveContract(
  service: ConfiguredService,
  member: () => StackMember,
  { takesWrongValues }: LiveExceptions = {},
): void {
  describe(`service ${service.name}, running`, () => {
    test("makes what a new server lacks, once, and says so in words", async () => {
      const { live, input, lacked, prepared } = member();
      // Some servers make a part of it by themselves between the two questions.
      if (prepared.length > 0) expect(lacked).not.toEqual([]);
      for (const words of [...lacked, ...prepared]) expect(words).toMatch(/^[a-z]+ \S/);
      await eventually(async () => expect(await live.lacks(targetsOf(member()), input)).toEqual([]), READY_DEADLINE_MS);
      expect(await live.prepare(targetsOf(member()), input)).toEqual([]);
      await eventually(() => live.ready(targetsOf(member())), READY_DEADLINE_MS);
    });

    test("has every setting exactly as it was written, and knows its version", async () => {
      await onEach(member(), async (connection, { settings }) => {
        expect(await differences(connection, settings)).toEqual([]);
        expect(await connection.version()).toMatch(/^\d+\.\d+/);
      });
    });

    test("knows nothing of a setting that is not its own", async () => {
      await onEach(member(), async (connection) => {
        expect([...(await connection.read(["no_such_setting"])).keys()]).toEqual([]);
      });
    });

    const hasLogin = service.ports.some(({ url }) => url !== undefined);
    test.skipIf(!hasLogin)("is not reached with a wrong password, and does not tell it in the error", async () => {
      const { live } = member();
      const wrong = targetsOf(member()).map(withWrongPasswords);
      const [first] = wrong;
      if (!first) throw new Error("no server was started");
      for (const attempt of [() => live.connect(first), () => live.ready(wrong)]) {
        const error: unknown = await attempt().then(
          () => expect.fail("it was reached"),
          (reason: unknown) => reason,
        );
        expect(String(error)).not.toContain(WRONG_PASSWORD);
        expect(String(error)).toMatch(/password|denied|refused|authentication|wrongpass|401/i);
      }
    });

    test("takes another value of every live setting without a restart, and the old one back", async () => {
      const before = await startsOf(member());
      await onEach(member(), async (connection, server) => {
        const others = otherSettings(service, server);
        const changed = others.filter(({ takes }) => takes === "live");
        expect(changed.filter(({ name, value }) => valueIn(server.settings, name) === value)).toEqual([]);
        await server.rewrite(others);
        await connection.apply(changed);
        expect(await differences(connection, others)).toEqual([]);
        await putBack(connection, server);
      });
      expect(await startsOf(member())).toEqual(before);
    });

    test.skipIf(takesWrongValues !== undefined)("refuses a wrong value, and changes nothing", async () => {
      await onEach(member(), async (connection, server) => {
        const [good, bad] = server.settings.filter(({ takes, value }) => takes === "live" && typeof value === "number");
        if (!good || !bad) return;
        const [other] = otherSettings(service, server).filter(({ name }) => name === good.name);
        const wanted = [other ?? good, { ...bad, value: "not-a-number" }];
        await server.rewrite(server.settings.map((own) => wanted.find(({ name }) => name === own.name) ?? own));
        await expect(connection.apply(wanted)).rejects.toThrow();
        expect(await differences(connection, server.settings)).toEqual([]);
        await putBack(connection, server);
      });
    });

    test("leaves no connection behind that it was asked to close", async () => {
      const { live, servers } = member();
      for (const server of servers) {
        const before = await connectionsTo(service, server);
        await (await live.connect(server.target)).close();
        await eventually(async () => {
          expect(await connectionsTo(service, server)).toBeLessThanOrEqual(before);
        }, CLOSED_DEADLINE_MS);
      }
    });

    test("survives a restart with its settings and its data; a connection to it fails in its next call only", async () => {
      const { live, servers, input } = member();
      const bench = live.bench?.(targetsOf(member()));
      await bench?.teardown();
      await bench?.setup();
      const open = await Promise.all(targetsOf(member()).map((target) => live.connect(target)));
      await Promise.all(servers.map((server) => server.stop()));
      const [first] = servers;
      const [connection] = open;
      if (!first || !connection) throw new Error("no server was started");
      await expect(connection.read(first.settings.map(({ name }) => name))).rejects.toThrow();
      for (const each of open) await each.close().catch(() => undefined);
      await expect(live.connect(first.target)).rejects.toThrow();

      await Promise.all(servers.map((server) => server.start()));
      await answering(member());
      await live.prepare(targetsOf(member()), input);
      await eventually(() => live.ready(targetsOf(member())), READY_DEADLINE_MS);
      expect(await live.lacks(targetsOf(member()), input)).toEqual([]);
      await onEach(member(), async (after, { settings }) => expect(await differences(after, settings)).toEqual([]));
      for (const scenario of bench?.scenarios.filter(({ effect }) => effect === "read") ?? []) {
        const run = await scenario.open(1);
        await run.operation(0); // rejects where it does not find what was set up before
        await run.close();
      }
      await bench?.teardown();
    });
  });
}

function targetsOf({ servers }: StackMember): readonly Target[] {
  return servers.map(({ target }) => target);
}

async function onEach(
  { live, servers }: StackMember,
  work: (connection: Connection, server: Server) => Promise<void>,
): Promise<void> {
  for (const server of servers) {
    const connection = await live.connect(server.target);
    try {
      await work(connection, server);
    } finally {
      await connection.close();
    }
  }
}

async function putBack(connection: Connection, server: Server): Promise<void> {
  await server.rewrite(server.settings);
  await connection.apply(server.settings.filter(({ takes }) => takes === "live"));
  expect(await differences(connection, server.settings)).toEqual([]);
}

/** Settings whose effective value is another, or waits for a restart. */
async function differences(connection: Connection, settings: readonly Setting[]): Promise<readonly unknown[]> {
  const values = await connection.read(settings.map(({ name }) => name));
  return settings.flatMap((setting) => {
    const effective = values.get(setting.name);
    // Exactly: the tolerance exists for values that a profile gives, not for our own.
    if (effective?.value === setting.value && !effective.pendingRestart && isEffective(setting, effective)) return [];
    return [{ name: setting.name, wanted: setting.value, effective }];
  });
}

function valueIn(settings: readonly Setting[], name: string): unknown {
  return settings.find((setting) => setting.name === name)?.value;
}

function withWrongPasswords(target: Target): Target {
  const right = target.credentials;
  return { ...target, credentials: (of, name) => ({ ...right(of, name), password: WRONG_PASSWORD }) };
}

async function startsOf({ servers }: StackMember): Promise<readonly string[]> {
  return Promise.all(servers.map(async ({ container }) => (await container.inspect()).State.StartedAt));
}

/** Established connections to the service's own ports, as the kernel lists them inside the container. */
async function connectionsTo({ ports }: ConfiguredService, { target }: Server): Promise<number> {
  const own = ports.filter(({ instance }) => instance === target.instance).map(({ container }) => hexOf(container));
  const { stdout } = await target.exec(["cat", "/proc/net/tcp", "/proc/net/tcp6"]);
  const established = stdout.split("\n").filter((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    return state === "01" && own.includes(local.split(":").at(-1) ?? "");
  });
  return established.length;
}

const hexOf = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");
