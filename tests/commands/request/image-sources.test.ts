import { expect, test } from "vitest";
import type { ImageSpec } from "../../../stack/core/service/image.ts";
import { imageOrigin, unknownImage } from "../../../stack/commands/request/image-sources.ts";

const SPEC: ImageSpec = {
  registry: "store:8.0",
  recipe: "store",
  sources: [{ suite: "trixie", packages: ["store-server", "store-tools"], versionOf: "store-server" }],
};

test.for([
  ["registry", "store:8.0"],
  ["debian", "a build from Debian's packages (trixie: store-server store-tools)"],
  ["auto", "store:8.0, or a build from Debian's packages (trixie: store-server store-tools)"],
] as const)("with the policy %s an image comes from %s", ([policy, origin]) => {
  expect(imageOrigin(SPEC, policy)).toBe(origin);
});

test("an image that is not in the engine has no version yet", () => {
  expect(unknownImage(SPEC, "debian")).toMatchObject({ source: "debian", version: "not known yet" });
});
