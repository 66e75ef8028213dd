/** Each server says in its own words which setting it does not know; the error of `up` is made of them. */
import { describe, expect, test } from "vitest";
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
import { exitError } from "../../../stack/converge/exited.ts";
import { registry } from "../../../stack/services/index.ts";
import { containerOf } from "../../support/core/container.ts";
import { profileOf } from "../../support/core/stack.ts";
import { describeLive, eventually, MACHINE, openLab } from "../../support/live/server.ts";

/** What each is given besides: it must not be blamed. */
const KNOWN: Readonly<Record<string, readonly [name: string, value: string | number]>> = {
  postgres: ["log_lock_waits", "on"],
  pgbouncer: ["query_wait_timeout", "60 s"],
  mysql: ["wait_timeout", 600],
  redis: ["tcp-backlog", 128],
  rabbitmq: ["heartbeat", 30],
};
const UNKNOWN = "new_in_next";
const EXIT_DEADLINE_MS = 60_000;

await describeLive("a server that does not know a setting", Object.keys(KNOWN), () => {
  test.for(Object.entries(KNOWN))(
    "%s must name it, and the error its place in the profile",
    async ([name, [known, value]]) => {
      const services =
        name === "pgbouncer" ? { postgres: {}, pgbouncer: {} } : { [name]: name === "redis" ? { nodes: 1 } : {} };
      const profile = profileOf({ services, overrides: { [name]: { [known]: value, [UNKNOWN]: "1" } } });
      const configured = configureServices(profile, registry);
      const machine = { ...profile.machine, ...MACHINE };
      const { sized } = sizeServices({
        profile,
        machine,
        services: configured,
        unknownNames: "returned",
        positionOf: (path) => ({ file: "mine.yaml", line: path.at(-1) === UNKNOWN ? 9 : 8, column: 7 }),
      });
      const { definition, share, settings } = sized.find((each) => each.definition.name === name) ?? expect.fail(name);
      expect(settings.filter(({ given }) => given !== undefined)).toHaveLength(2);
      const lab = await openLab(configured);
      try {
        const server = await lab.start(definition, { share, settings });
        const exitCode = await eventually(async () => {
          const { State } = await server.container.inspect();
          if (State.Running) throw new Error(`${name} runs: ${await server.logs()}`);
          return State.ExitCode;
        }, EXIT_DEADLINE_MS);
        expect(exitCode).not.toBe(0);
        const lines = (await server.logs()).split("\n");
        const container = containerOf({ service: name, instance: name, state: "exited", exitCode });
        expect(exitError(container, lines, definition.failures, settings)).toMatchObject({
          code: "SERVICE_EXITED",
          what: `${name} does not start with ${UNKNOWN} = 1 from the profile`,
          fix: `Correct or remove what the profile gives at mine.yaml:9:7: services.${name}.settings.${UNKNOWN}`,
          details: { settings: [UNKNOWN] },
        });
      } finally {
        await lab.close();
      }
    },
  );
});

describe("the names above", () => {
  test("must be those of every server that has a table of settings of one release", () => {
    const all = configureServices(
      profileOf({ services: { postgres: {}, pgbouncer: {}, mysql: {}, redis: {}, rabbitmq: {} } }),
      registry,
    );
    expect(all.filter(({ settingRules }) => settingRules?.release !== undefined).map(({ name }) => name)).toEqual(
      Object.keys(KNOWN),
    );
  });
});
