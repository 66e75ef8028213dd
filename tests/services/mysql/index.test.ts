import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ContainerInput } from "../../../stack/core/service/service.ts";
import { mib } from "../../../stack/core/units.ts";
import { mysql } from "../../../stack/services/mysql/index.ts";

const input: ContainerInput = {
  instance: "mysql",
  share: { memory: mib(832), cpus: 2 },
  settings: [],
  workload: { kind: "web", clients: 8, connections: 100 },
  credentials: () => {
    throw new Error("no credential is needed to describe the container");
  },
  neighbours: {},
  grants: [],
  hostPort: () => 3306,
};

describe("The service MySQL", () => {
  test("takes no options, and names each one that it does not know", () => {
    expect(() => mysql.configure(undefined)).not.toThrow();
    expect(() => mysql.configure({ databse: "shop" })).toThrow(/databse/);
  });

  test.each(["", "Shop", "1shop", "a-b", "a`b", "mysql", "plumbline_bench", "a".repeat(64)])(
    "refuses the database name %j",
    (database) => {
      expect(() => mysql.configure({ database })).toThrow(z.ZodError);
    },
  );

  test("describes every option", () => {
    const { properties = {} } = z.toJSONSchema(mysql.options);
    expect(Object.keys(properties)).toEqual(["database", "durability", "binaryLog"]);
    for (const property of Object.values(properties)) expect(property).toHaveProperty("description");
  });

  test("gives the application the URL of its own database", () => {
    const [port] = mysql.configure({ database: "shop" }).ports;
    expect(port?.url?.template).toBe("mysql://{user}:{password}@{host}:{port}/shop");
  });

  test("puts no tunable and no credential on the command line or into the environment", () => {
    const container = mysql.configure({}).container(input);
    expect(container.command).toEqual(["mysqld", "--defaults-file=/etc/plumbline/my.cnf"]);
    expect(container.environment).toEqual({
      MYSQL_ROOT_PASSWORD_FILE: "/run/secrets/mysql.admin",
      MYSQL_ROOT_HOST: "%",
    });
    expect(container.secrets).toEqual(["mysql.admin"]);
  });

  test.each([
    ["mysql: volume of major version 8, server is 9", "VOLUME_INCOMPATIBLE"],
    [
      "[ERROR] [MY-014061] [Server] Invalid MySQL server downgrade: Cannot downgrade from 90700 to 80400.",
      "VOLUME_INCOMPATIBLE",
    ],
    ["volume incomplete: /var/lib/mysql holds files, but no complete MySQL data directory", "VOLUME_INCOMPLETE"],
    ["[ERROR] --initialize specified but the data directory has files in it. Aborting.", "VOLUME_INCOMPLETE"],
    [
      "[ERROR] [MY-012814] [InnoDB] preallocating 1048576 bytes failed with error 28: No space left on device",
      "DISK_FULL",
    ],
    ["[ERROR] [MY-000067] [Server] unknown variable 'innodb_bufer_pool_size=1G'.", "SERVICE_EXITED"],
  ])("knows what %j means", (line, code) => {
    const known = mysql.configure({}).failures.find(({ pattern }) => pattern.test(line));
    expect(known?.code).toBe(code);
  });
});
