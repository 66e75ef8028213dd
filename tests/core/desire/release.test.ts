import { expect, test } from "vitest";
import { isOtherRelease, mayBeOtherRelease } from "../../../stack/core/desire/release.ts";

test.for<readonly [version: string, release: string, isOther: boolean | undefined]>([
  ["18.6", "18", false],
  ["18", "18", false],
  ["17.9", "18", true],
  ["9.7.4", "9.7", false],
  ["9.70.1", "9.7", true],
  ["9.6.0", "9.7", true],
  ["9", "9.7", true],
  ["v1.25.2", "1.24", true],
  ["1.24.1-1.deb13u1", "1.24", false],
  ["8.0.2-3.deb13u3", "8.0", false],
  ["not known yet", "8.0", undefined],
  ["latest", "8.0", undefined],
  ["", "8.0", undefined],
])("the version %j beside the release %j: another one is %j", ([version, release, isOther]) => {
  expect(isOtherRelease(version, release)).toBe(isOther);
});

test("an image may be of another release where a registry's tag says so, and packages are of the known one", () => {
  const packages = {
    kind: "packages",
    folder: "store/image",
    suite: "trixie",
    packages: ["store"],
    version: { package: "store" },
  } as const;
  const tag = (reference: string) => ({ sources: [{ kind: "registry", reference } as const, packages] });
  expect(mayBeOtherRelease(tag("store:8.0.4@sha256:00"), "8.0")).toBe(false);
  expect(mayBeOtherRelease(tag("some/store:v8.2-p0"), "8.0")).toBe(true);
  expect(mayBeOtherRelease(tag("store:latest"), "8.0")).toBe(false);
  expect(mayBeOtherRelease({ sources: [packages] }, "8.0")).toBe(false);
});
