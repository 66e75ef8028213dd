/** What each server says at its end about a setting that it does not know, and what `up` makes of it. */
import { expect, test } from "vitest";
import { configureServices } from "../../stack/core/desire/desire.ts";
import { exitError } from "../../stack/converge/exited.ts";
import type { Setting } from "../../stack/core/service/setting.ts";
import { registry } from "../../stack/services/index.ts";
import { containerOf } from "../support/core/container.ts";
import { SERVICES } from "../support/core/given-settings.ts";
import { profileOf } from "../support/core/stack.ts";

const failuresOf = (service: string) =>
  configureServices(profileOf({ services: SERVICES }), registry).find(({ name }) => name === service)?.failures ?? [];

const given = (name: string, value: string, place: string): Setting => ({
  name,
  value,
  unit: "text",
  takes: "recreate",
  because: { formula: "", inputs: {}, source: "" },
  given: place,
});

test.for<readonly [service: string, name: string, value: string, lines: readonly string[]]>([
  [
    "postgres",
    "new_in_next",
    "1",
    [
      '2026-11-30 10:00:00.000 UTC [1] LOG:  unrecognized configuration parameter "new_in_next" in file "/etc/plumbline/postgresql.conf" line 301',
      '2026-11-30 10:00:00.001 UTC [1] FATAL:  configuration file "/etc/plumbline/postgresql.conf" contains errors',
    ],
  ],
  [
    "mysql",
    "new_in_next",
    "1",
    [
      "2026-11-30T10:00:00.000000Z 0 [System] [MY-015015] [Server] MySQL Server - start.",
      "2026-11-30T10:00:00.100000Z 0 [ERROR] [MY-000067] [Server] unknown variable 'new_in_next=1'.",
      "2026-11-30T10:00:00.100001Z 0 [ERROR] [MY-010119] [Server] Aborting",
    ],
  ],
  [
    "mysql",
    "new_in_next",
    "1",
    ["2026-11-30T10:00:00.100000Z 0 [ERROR] [MY-000068] [Server] unknown option '--new-in-next'."],
  ],
  [
    // Before there is a data folder.
    "mysql",
    "new_in_next",
    "1",
    [
      "2026-11-30T10:00:00.100000Z 0 [ERROR] [MY-000067] [Server] unknown variable 'new_in_next=1'.",
      "2026-11-30T10:00:00.100001Z 0 [ERROR] [MY-013236] [Server] The designated data directory /var/lib/mysql/ is unusable.",
      "2026-11-30T10:00:00.100002Z 0 [ERROR] [MY-010119] [Server] Aborting",
      "plumbline: initialisation failed: the lines above say why",
    ],
  ],
  [
    "redis",
    "new-in-next",
    "1",
    [
      "*** FATAL CONFIG FILE ERROR (Redis 7.4.2) ***",
      "Reading the configuration file, at line 30",
      ">>> 'new-in-next 1'",
      "Bad directive or wrong number of arguments",
    ],
  ],
  [
    "redis",
    "new_in_next",
    "1",
    [
      "1:M 30 Nov 2026 14:31:00.182 * Running mode=standalone, port=6379.",
      "1:M 30 Nov 2026 14:31:00.182 # Unresolved Configuration(s) Detected:",
      "1:M 30 Nov 2026 14:31:00.182 # >>> 'new_in_next 1'",
      "1:M 30 Nov 2026 14:31:00.182 # Module Configuration detected without loadmodule directive or no ApplyConfig call: aborting",
    ],
  ],
  [
    "rabbitmq",
    "new_in.next",
    "1",
    [
      "2026-11-30 10:00:00.000000+00:00 [error] <0.153.0> You've tried to set new_in.next, but there is no setting with that name.",
      "2026-11-30 10:00:00.000000+00:00 [error] <0.153.0>   Did you mean one of these?",
      "2026-11-30 10:00:00.000000+00:00 [error] <0.153.0>     channel_max",
      "2026-11-30 10:00:00.000000+00:00 [error] <0.153.0> Error preparing configuration in phase transform_datatypes:",
      "2026-11-30 10:00:00.000000+00:00 [error] <0.153.0>   - Conf file attempted to set unknown variable: new_in.next",
      "BOOT FAILED",
      "Error during startup: {error,failed_to_prepare_configuration}",
    ],
  ],
  [
    "pgbouncer",
    "new_in_next",
    "1",
    [
      "2026-11-30 10:00:00.000 UTC [1] ERROR unknown parameter: pgbouncer/new_in_next",
      "2026-11-30 10:00:00.000 UTC [1] FATAL cannot load config file",
    ],
  ],
])("%s must be understood, and the setting named with its place in the profile", ([service, name, value, lines]) => {
  const container = containerOf({ service, instance: service, state: "exited", exitCode: 1 });
  const settings = [given("channel_max", "10", "mine.yaml:8:7"), given(name, value, "mine.yaml:9:7")];
  expect(exitError(container, lines, failuresOf(service), settings)).toMatchObject({
    code: "SERVICE_EXITED",
    what: `${service} does not start with ${name} = ${value} from the profile`,
    why: lines.join("\n"),
    fix: `Correct or remove what the profile gives at mine.yaml:9:7: services.${service}.settings.${name}`,
    details: { settings: [name] },
  });
});

test("a data folder that is incomplete must be called that, whatever its server says of settings besides", () => {
  const container = containerOf({ service: "mysql", instance: "mysql", state: "exited", exitCode: 1 });
  const settings = [given("new_in_next", "1", "mine.yaml:9:7")];
  const lines = ["[Warning] new_in_next is deprecated", "volume incomplete: /var/lib/mysql holds files"];
  expect(exitError(container, lines, failuresOf("mysql"), settings).code).toBe("VOLUME_INCOMPLETE");
});
