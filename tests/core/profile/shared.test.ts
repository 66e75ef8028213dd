import { describe, expect, test } from "vitest";
import { z } from "zod";
import { formatProblem } from "../../../stack/core/profile/problem.ts";
import type { ProfileService } from "../../../stack/core/profile/schema.ts";
import { parseProfile } from "../../../stack/core/profile/profile.ts";
import { services as registry } from "../../../stack/services/index.ts";
import { source } from "../../support/core/profile-fixtures.ts";

const name = z.strictObject({ database: z.string().min(2).default("app"), size: z.number().default(1) });
const SERVICES: readonly ProfileService[] = [
  { name: "server", title: "A server", requires: [], options: name },
  { name: "pool", title: "A pool", requires: ["server"], options: name, shares: { database: "server" } },
];

function parse(text: string, parent = "") {
  const wanted = source("mine", text);
  const parsed = parseProfile({ wanted, library: [source("base", parent)] }, SERVICES);
  return "problems" in parsed ? parsed.problems.map(formatProblem) : parsed.ok.services;
}

describe("an option that two services share", () => {
  test("must follow the service that has it, also where only a child says so", () => {
    const parent = "services:\n  server: { database: old }\n  pool: { size: 2 }\n";
    expect(parse("extends: base\nservices:\n  server: { database: shop }\n", parent)).toEqual({
      server: { database: "shop" },
      pool: { database: "shop", size: 2 },
    });
  });

  test("must follow its default as well", () => {
    expect(parse("services:\n  server:\n  pool:\n")).toMatchObject({ pool: { database: "app" } });
  });

  test("must be allowed to repeat it, and refused at its place when it says something else", () => {
    expect(parse("services:\n  server: { database: shop }\n  pool: { database: shop }\n")).toMatchObject({
      pool: { database: "shop" },
    });
    expect(parse("services:\n  server: { database: shop }\n  pool:\n    database: other\n")).toEqual([
      'profiles/mine.yaml:4:15: services.pool.database: found "other", expected "shop", as server has it; leave it away to follow server',
    ]);
  });

  test("must report the owner's own mistake alone", () => {
    expect(parse("services:\n  server: { database: x }\n  pool: { database: other }\n")).toHaveLength(1);
  });

  test.for(registry)("of $name must exist in both services", ({ options, shares = {} }) => {
    for (const [option, owner] of Object.entries(shares)) {
      const other = registry.find((service) => service.name === owner)?.options;
      for (const schema of [options, other]) expect(schema?.parse({})).toHaveProperty(option);
    }
  });
});
