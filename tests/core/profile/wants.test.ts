import { describe, expect, test } from "vitest";
import { z } from "zod";
import { formatProblem } from "../../../stack/core/profile/problem.ts";
import { parseProfile } from "../../../stack/core/profile/profile.ts";
import { sameAs } from "../../../stack/services/kit/grants.ts";
import { profileService, source } from "../../support/core/profile-fixtures.ts";

const name = z.string().min(2);

/** A server that grants databases, a pool in front of it, and an application that may do without the pool. */
const SERVICES = [
  profileService({
    name: "server",
    options: z.strictObject({ database: name.default("app"), size: z.number().default(1) }),
    more: ({ database }) => ({
      grants: [
        { name: "pool", parameters: z.strictObject({ database: sameAs(database, "server") }) },
        {
          name: "database",
          parameters: z.strictObject({ database: name.refine((wanted) => wanted !== database, "another name") }),
          unique: ["database"],
        },
      ],
    }),
  }),
  profileService({
    name: "pool",
    options: z.strictObject({ database: name.optional(), size: z.number().default(1) }),
    more: ({ database }) => ({
      wants: [{ from: "server", grant: "pool", with: { database } }],
      grants: [{ name: "way", parameters: z.strictObject({}) }],
    }),
  }),
  ...["shop", "till"].map((service) =>
    profileService({
      name: service,
      options: z.strictObject({ database: name.default(service) }),
      more: ({ database }) => ({
        wants: [
          { from: "server", grant: "database", with: { database } },
          { from: "pool", grant: "way", optional: true },
        ],
      }),
    }),
  ),
];

function parse(text: string) {
  const parsed = parseProfile({ wanted: source("mine", text), library: [] }, SERVICES);
  return "problems" in parsed ? parsed.problems.map(formatProblem) : parsed.ok.services;
}

describe("a parameter that repeats an option of the owner", () => {
  test("must be allowed, and refused at its place when it says something else", () => {
    expect(parse("services:\n  server: { database: shop }\n  pool: { database: shop }\n")).toMatchObject({
      pool: { database: "shop" },
    });
    expect(parse("services:\n  server: { database: shop }\n  pool:\n    database: other\n")).toEqual([
      'profiles/mine.yaml:4:15: services.pool.database: found "other", expected "shop", as server has it; leave it away to follow server',
    ]);
  });

  test("must not be needed", () => {
    expect(parse("services:\n  server: { database: shop }\n  pool:\n")).toMatchObject({ pool: {} });
  });

  test("must report the owner's own mistake alone", () => {
    expect(parse("services:\n  server: { database: x }\n  pool: { database: other }\n")).toHaveLength(1);
  });
});

describe("what a service wants of another", () => {
  test("must be refused where the owner does not accept a parameter, also one that is a default", () => {
    expect(parse("services:\n  server: { database: till }\n  till:\n    database: till\n")).toEqual([
      'profiles/mine.yaml:4:15: services.till.database: found "till", expected another name',
    ]);
    expect(parse("services:\n  server: { database: till }\n  till:\n")).toEqual([
      'profiles/mine.yaml:3:3: services.till.database: found "till", expected another name',
    ]);
  });

  test("must not be had by two services where it can have one owner only", () => {
    expect(parse("services:\n  server:\n  shop:\n  till:\n    database: shop\n")).toEqual([
      'profiles/mine.yaml:5:15: services.till.database: found "shop", expected another database of server than shop has',
    ]);
  });

  test("must be there, unless it is optional", () => {
    expect(parse("services:\n  shop:\n")).toEqual([
      "profiles/mine.yaml:2:3: services.shop: found shop without server, expected the service server, which shop is useless without, or shop: false",
    ]);
    expect(parse("services:\n  server:\n  shop:\n")).toMatchObject({ shop: {} });
  });
});
