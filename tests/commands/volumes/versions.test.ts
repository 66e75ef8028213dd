import { describe, expect, test } from "vitest";
import { keepSources, refuseOtherVersions } from "../../../stack/commands/volumes/versions.ts";
import type { WrittenByImage } from "../../../stack/core/service/data-version.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { gib } from "../../../stack/core/units.ts";
import { registry } from "../../../stack/services/index.ts";
import { containerOf } from "../../support/core/container.ts";
import { shippedStack } from "../../support/core/stack.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";

const VOLUME = "plumbline-test-mysql-data";

/** The image that the stack would run MySQL from. */
async function wanted(image: WrittenByImage) {
  const desired = await shippedStack("dev", { stack: "test" });
  const services = desired.services.map((service) =>
    service.name === "mysql" ? { ...service, image: { ...service.image, ...image } } : service,
  );
  return { ...desired, services };
}

describe("data that an image has written", () => {
  test.for<readonly [what: string, from: WrittenByImage, to: WrittenByImage, refused: string | undefined]>([
    ["the same image", { source: "debian", version: "9.7.4" }, { source: "debian", version: "9.7.4" }, undefined],
    [
      "a newer minor version",
      { source: "debian", version: "9.7.4" },
      { source: "debian", version: "9.8.0" },
      undefined,
    ],
    [
      "an older minor version",
      { source: "debian", version: "9.7.4" },
      { source: "registry", version: "9.6.0" },
      "npm run up -- --images debian",
    ],
    [
      "another major version of the same source",
      { source: "registry", version: "8.4.10" },
      { source: "registry", version: "9.7.4" },
      "the release of Plumbline that brought them up, whose mysql is 8.4.10",
    ],
  ])("are for %s, or refused with the way to go", async ([, from, to, refused]) => {
    const engine = fakeEngine({ volumes: [VOLUME], writtenBy: new Map([[VOLUME, from]]) });
    const decided = refuseOtherVersions(engine, await wanted(to));
    if (refused === undefined) await expect(decided).resolves.toBeUndefined();
    else {
      const { code, fix } = await decided.then(
        () => expect.fail("it was not refused"),
        (error: unknown) => (error instanceof PlumblineError ? error : expect.fail(String(error))),
      );
      expect(code).toBe("VOLUME_INCOMPATIBLE");
      expect(fix).toContain(refused);
    }
  });

  test("are those of the container's image where a stack was brought up before there were records", async () => {
    const containers = [containerOf({ instance: "mysql", service: "mysql", image: "mysql:8.4.10" })];
    const engine = fakeEngine({ volumes: [VOLUME], containers });
    await expect(
      refuseOtherVersions(engine, await wanted({ source: "registry", version: "9.7.4" })),
    ).rejects.toMatchObject({ code: "VOLUME_INCOMPATIBLE" });
    const mysql = registry.get("mysql") ?? expect.fail("the catalogue has MySQL");
    const share = { memory: gib(1), cpus: 1 };
    const sized = [{ definition: mysql.configure({}), requires: [], share, settings: [] }];
    const [kept] = await keepSources(sized, { engine, stack: "test", policy: "auto" });
    expect(kept?.definition.image.sources[0]?.kind).toBe("registry");
  });
});
