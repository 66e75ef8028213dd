import { expect, test } from "vitest";
import { configureServices } from "../../../stack/core/desire/desire.ts";
import { isOtherRelease, mayBeOtherRelease } from "../../../stack/core/desire/release.ts";
import { registry } from "../../../stack/services/index.ts";
import { SERVICES } from "../../support/core/given-settings.ts";
import { profileOf } from "../../support/core/stack.ts";

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

const packages = {
  kind: "packages",
  folder: "store/image",
  suite: "trixie",
  packages: ["store"],
  version: { package: "store" },
  release: "8.0",
} as const;

function tag(reference: string) {
  return { sources: [{ kind: "registry", reference } as const, packages] };
}

test("an image may be of another release where a registry's tag says so", () => {
  expect(mayBeOtherRelease(tag("store:8.0.4@sha256:00"), "8.0")).toBe(false);
  expect(mayBeOtherRelease(tag("some/store:v8.2-p0"), "8.0")).toBe(true);
  expect(mayBeOtherRelease(tag("store:latest"), "8.0")).toBe(false);
});

test("an image may be of another release where packages have it, or are of a suite that moves on", () => {
  const { release: _moves, ...moving } = packages;
  expect(mayBeOtherRelease({ sources: [packages] }, "8.0")).toBe(false);
  expect(mayBeOtherRelease({ sources: [packages, { ...packages, release: "7.2" }] }, "8.0")).toBe(true);
  expect(mayBeOtherRelease({ sources: [moving] }, "8.0")).toBe(true);
});

test("an image may be of another release where a folder pins it, or its build tells it", () => {
  const built = { ...packages, kind: "folder" } as const;
  expect(mayBeOtherRelease({ sources: [{ ...built, version: { fixed: "v8.0.3" } }] }, "8.0")).toBe(false);
  expect(mayBeOtherRelease({ sources: [{ ...built, version: { fixed: "v8.1.0" } }] }, "8.0")).toBe(true);
  expect(mayBeOtherRelease({ sources: [{ ...built, version: { command: ["store"], pattern: /(.*)/ } }] }, "8.0")).toBe(
    true,
  );
});

const services = configureServices(profileOf({ services: SERVICES }), registry);

test.for([
  ["postgres", true], // stable has the release before
  ["pgbouncer", true], // the registry has the release after
  ["mysql", true], // unstable goes on to the next
  ["redis", false],
  ["rabbitmq", false],
] as const)("an image of %s may be of another release than the known settings: %j", ([name, isOther]) => {
  const { image, settingRules } = services.find((service) => service.name === name) ?? expect.fail("no service");
  expect(mayBeOtherRelease(image, settingRules?.release ?? expect.fail("no release"))).toBe(isOther);
});

test("packages of a stable suite whose settings are those of one release must say theirs", () => {
  const silent = services
    .filter(({ settingRules }) => settingRules?.release !== undefined)
    .flatMap(({ name, image }) => image.sources.map((source) => ({ name, source })))
    .filter(({ source }) => source.kind === "packages" && source.suite !== "sid" && source.release === undefined);
  expect(silent).toEqual([]);
});
