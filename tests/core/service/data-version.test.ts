import { describe, expect, test } from "vitest";
import { keptFirst, refusal } from "../../../stack/core/service/data-version.ts";
import type { ImageSpec } from "../../../stack/core/service/image.ts";

describe("the data of one version", () => {
  test.each([
    ["18.6", "18.6", undefined],
    ["18.6", "18.7", undefined],
    ["18.6-3", "18.6", undefined],
    ["18.6", "17.9", "another major version"],
    ["17.9", "18.6", "another major version"],
    ["18.6", "18.5", "an older version"],
    ["9.7.4-2", "9.7.3", undefined],
    ["9.7.4", "8.4.11", "another major version"],
    ["8.0.4", "8.0.2-3.deb13u3", undefined],
    ["8.2.1", "8.0.2", "an older version"],
    ["4.0.5-6.deb13u2", "4.1.0", undefined],
    ["8.0.2", "not known yet", undefined],
  ])("of %s, are for %s: %s", (from, to, reason) => {
    expect(refusal(from, to, { decides: 2 })).toBe(reason);
  });

  test("are for every release of the major version where only that decides", () => {
    expect(refusal("18.6", "18.5", { decides: 1 })).toBeUndefined();
    expect(refusal("18.6", "17.5", { decides: 1 })).toBe("another major version");
  });
});

describe("the sources of an image", () => {
  const registry = { kind: "registry", reference: "thing:1.2" } as const;
  const recipe = {
    kind: "packages",
    folder: "thing/image",
    packages: ["thing"],
    version: { package: "thing" },
  } as const;
  const [sid, trixie] = [
    { ...recipe, suite: "sid" },
    { ...recipe, suite: "trixie" },
  ] as const;
  const spec: ImageSpec = { sources: [registry, sid, trixie] };

  test("are those that the data were made with, first, and the others after them", () => {
    expect(keptFirst(spec, "auto", "debian").sources).toEqual([sid, trixie, registry]);
    expect(keptFirst(spec, "auto", "registry")).toEqual(spec);
    expect(keptFirst(spec, "auto", undefined)).toEqual(spec);
  });

  test("are as they stand where a source is asked for by name", () => {
    expect(keptFirst(spec, "registry", "debian")).toEqual(spec);
  });
});
