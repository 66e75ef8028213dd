import { expect, test } from "vitest";
import { exitError } from "../../stack/converge/exited.ts";
import { registry } from "../../stack/services/index.ts";
import { containerOf } from "../support/core/container.ts";

/** Last words of servers whose first initialisation was killed, as seen. */
test.each([
  [
    "postgres",
    [
      'postgres: could not find the database system Expected to find it in the directory "/var/lib/postgresql/pgdata",',
      'but could not open file "/var/lib/postgresql/pgdata/global/pg_control": No such file or directory',
    ],
  ],
  [
    "rabbitmq",
    [
      "2026-11-30 15:20:51.166547+00:00 [error] <0.215.0>     {schema_integrity_check_failed,",
      "2026-11-30 15:20:51.166547+00:00 [error] <0.215.0>         [{table_missing,gm_group},",
      "2026-11-30 15:20:51.166547+00:00 [error] <0.215.0>          {table_missing,rabbit_durable_queue}]}",
    ],
  ],
])("what a killed first start of %s leaves must be known as an incomplete volume", (service, lines) => {
  const container = containerOf({ service, instance: service, state: "exited", exitCode: 1 });
  const failures = registry.get(service)?.configure({}).failures ?? [];
  expect(exitError(container, lines, failures).code).toBe("VOLUME_INCOMPLETE");
});
