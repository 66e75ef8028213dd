import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editDistance, nearest } from "../../../stack/core/profile/nearest.ts";
import { mergeProfiles, NO_PROFILE, partsOf } from "../../../stack/core/profile/merge.ts";
import { parse } from "../../support/core/profile-fixtures.ts";

const word = fc.constantFrom("a", "b", "c");
const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.string());
const options = fc.dictionary(word, scalar, { maxKeys: 3 });
const service = fc.oneof(
  fc.boolean(),
  fc.tuple(options, options).map(([given, settings]) => ({ ...given, settings })),
);
const file = fc.record(
  {
    images: scalar,
    machine: fc.dictionary(fc.constantFrom("cpus", "memory"), scalar),
    workload: fc.dictionary(fc.constantFrom("kind", "clients"), scalar),
    services: fc.dictionary(word, service, { maxKeys: 3 }),
  },
  { requiredKeys: [] },
);
const parts = file.map(partsOf);

describe("merging profiles", () => {
  test("must be associative, so that only the order of a chain counts and not how it is folded", () => {
    fc.assert(
      fc.property(parts, parts, parts, (a, b, c) => {
        expect(mergeProfiles(mergeProfiles(a, b), c)).toEqual(mergeProfiles(a, mergeProfiles(b, c)));
      }),
    );
  });

  test("with an empty profile must change nothing", () => {
    fc.assert(
      fc.property(parts, (a) => {
        expect(mergeProfiles(NO_PROFILE, a)).toEqual(a);
        expect(mergeProfiles(a, NO_PROFILE)).toEqual(a);
      }),
    );
  });

  test("must give the child the last word, and invent no key", () => {
    fc.assert(
      fc.property(parts, parts, (parent, child) => {
        const merged = mergeProfiles(parent, child);
        expect(merged.plain).toMatchObject(child.plain);
        for (const [name, { enabled }] of Object.entries(child.services)) {
          expect(merged.services[name]?.enabled).toBe(enabled);
        }
        const keys = new Set([...Object.keys(parent.services), ...Object.keys(child.services)]);
        expect(new Set(Object.keys(merged.services))).toEqual(keys);
      }),
    );
  });

  test("of good files must give a good profile whenever no combination is forbidden", () => {
    const good = fc.record(
      {
        machine: fc.record({ cpus: fc.integer({ min: 1, max: 256 }) }, { requiredKeys: [] }),
        services: fc.record(
          {
            store: fc.oneof(
              fc.constant(true),
              fc.record({ nodes: fc.constantFrom(3, 4), mode: fc.constantFrom("none", "log") }, { requiredKeys: [] }),
            ),
            queue: fc.boolean(),
          },
          { requiredKeys: ["store"] },
        ),
      },
      { requiredKeys: ["services"] },
    );
    fc.assert(
      fc.property(good, good, (child, parent) => {
        const parsed = parse({
          child: JSON.stringify({ extends: "parent", ...child }),
          parent: JSON.stringify(parent),
        });
        expect(parsed).not.toHaveProperty("problems");
      }),
    );
  });
});

describe("suggestions", () => {
  test.for<readonly [string, string | undefined]>([
    ["redsi", "redis"],
    ["Redis", "redis"],
    ["port-offset", "portOffset"],
    ["kafka", undefined],
    ["pg", undefined],
  ])("%s must suggest %s", ([typed, meant]) => {
    expect(nearest(typed, ["postgres", "redis", "portOffset"])).toBe(meant);
  });

  test("the distance must be a distance: none to itself, the same both ways, at most the longer word", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});
