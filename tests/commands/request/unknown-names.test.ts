import { expect, test } from "vitest";
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
import { handedOver, lookedAt, refuseUnknown } from "../../../stack/commands/request/unknown-names.ts";
import { registry } from "../../../stack/services/index.ts";
import { profileOf } from "../../support/core/stack.ts";

const profile = profileOf({
  services: { redis: { nodes: 1 } },
  overrides: { redis: { "new-in-next": 1 } },
});
const { unknown } = sizeServices({
  profile,
  machine: profile.machine,
  services: configureServices(profile, registry),
  unknownNames: "returned",
  positionOf: () => ({ file: "mine.yaml", line: 6, column: 9 }),
});
const images = (version: string) => new Map([["redis", { version }]]);

test("the image that is there decides before one is obtained, and the obtained one decides for good", async () => {
  const refused = { code: "PROFILE_INVALID", details: { problems: [{ line: 6, column: 9 }] } };
  await expect(refuseUnknown({ profile }, unknown, async () => images("8.0.2"))).rejects.toMatchObject(refused);
  await expect(refuseUnknown({ profile }, unknown, async () => images("7.4.2"))).resolves.toBeUndefined();
  expect(() => handedOver({ profile }, unknown, images("8.0.2"))).toThrow(
    expect.objectContaining({ code: "PROFILE_INVALID" }),
  );
  expect(handedOver({ profile }, unknown, images("7.4.2"))).toEqual([expect.stringContaining("the version 7.4.2")]);
});

test("a command that only looks gets what the image decides as texts", () => {
  expect(lookedAt(unknown, images("8.0.2"))).toEqual({
    refusals: [expect.stringMatching(/^mine\.yaml:6:9: services\.redis\.settings\.new-in-next: .*; `up` refuses it$/)],
    warnings: [],
  });
  expect(lookedAt(unknown, images("7.4.2"))).toEqual({
    refusals: [],
    warnings: [expect.stringContaining("the version 7.4.2")],
  });
});

test("the images are not asked for where every name is known", async () => {
  await refuseUnknown({ profile }, [], async () => {
    throw new Error("nobody asked");
  });
});
