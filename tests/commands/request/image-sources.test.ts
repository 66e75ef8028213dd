import { expect, test } from "vitest";
import type { ImageSpec } from "../../../stack/core/service/image.ts";
import { imageOrigin, unknownImage } from "../../../stack/commands/request/image-sources.ts";

const SPEC: ImageSpec = {
  sources: [
    { kind: "registry", reference: "store:8.0" },
    {
      kind: "packages",
      folder: "store/image",
      suite: "trixie",
      packages: ["store-server", "store-tools"],
      version: { package: "store-server" },
    },
  ],
};

test.for([
  ["registry", "store:8.0"],
  ["debian", "a build from Debian's packages (trixie: store-server store-tools)"],
  ["auto", "store:8.0, or a build from Debian's packages (trixie: store-server store-tools)"],
] as const)("with the policy %s an image comes from %s", ([policy, origin]) => {
  expect(imageOrigin(SPEC, policy)).toBe(origin);
});

test("a source that is another program with the same protocol is named with the program", () => {
  const source = { kind: "folder", folder: "store/image", suite: "trixie", version: { fixed: "2.0" } } as const;
  const spec: ImageSpec = { sources: [...SPEC.sources, { ...source, standIn: "OtherStore" }] };
  const build = "a build of store/image on Debian trixie, with OtherStore as stand-in";
  expect(imageOrigin(spec, "auto")).toBe(`${imageOrigin(SPEC, "auto")}, or ${build}`);
  expect(unknownImage({ sources: spec.sources.slice(-1) }, "auto")).toMatchObject({ standIn: "OtherStore" });
});

test("an image that is not in the engine has no version yet", () => {
  expect(unknownImage(SPEC, "debian")).toMatchObject({ source: "debian", version: "not known yet" });
});
