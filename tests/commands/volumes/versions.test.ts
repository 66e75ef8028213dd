import { describe, expect, test } from "vitest";
import { keepSources, refuseOtherVersions } from "../../../stack/commands/volumes/versions.ts";
import type { WrittenByImage } from "../../../stack/core/service/data-version.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import type { ImagePolicy } from "../../../stack/core/service/image.ts";
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
    [
      "another major version of Debian's packages",
      { source: "debian", version: "8.4.10" },
      { source: "debian", version: "9.7.4" },
      "if /lock.json has a newer edition of its suite, with that set back to the one before",
    ],
  ])("are for %s, or refused with the way to go", async ([, from, to, refused]) => {
    const engine = fakeEngine({ volumes: [VOLUME], writtenBy: new Map([[VOLUME, from]]) });
    const decided = refuseOtherVersions(engine, await wanted(to), "/lock.json");
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
      refuseOtherVersions(engine, await wanted({ source: "registry", version: "9.7.4" }), "/lock.json"),
    ).rejects.toMatchObject({ code: "VOLUME_INCOMPATIBLE" });
    const mysql = registry.get("mysql") ?? expect.fail("the catalogue has MySQL");
    const share = { memory: gib(1), cpus: 1 };
    const sized = [{ definition: mysql.configure({}), requires: [], share, settings: [] }];
    const [kept] = await keepSources(sized, { engine, stack: "test", policy: "auto" });
    expect(kept?.definition.image.sources[0]?.kind).toBe("registry");
  });

  test.for<readonly [from: WrittenByImage, policy: ImagePolicy, suites: readonly (string | undefined)[]]>([
    [{ source: "debian", version: "18.6-3" }, "auto", ["sid", undefined]],
    [{ source: "debian", version: "18.6-3" }, "debian", [undefined, "sid"]],
    [{ source: "registry", version: "18.6" }, "auto", [undefined, "sid"]],
    [{ source: "debian", version: "17.7-1" }, "auto", ["trixie"]],
    [{ source: "debian", version: "17.7-1" }, "debian", ["trixie"]],
    // A policy that has none of theirs is refused with the reason.
    [{ source: "debian", version: "17.7-1" }, "registry", [undefined, "sid", "trixie"]],
    [{ source: "debian", version: "16.1-1" }, "auto", ["sid", "trixie", undefined]],
  ])("(%j, %s) are never given to a source of another major version", async ([from, policy, suites]) => {
    const volume = "plumbline-test-postgres-data";
    const engine = fakeEngine({ volumes: [volume], writtenBy: new Map([[volume, from]]) });
    const postgres = registry.get("postgres") ?? expect.fail("the catalogue has PostgreSQL");
    const share = { memory: gib(1), cpus: 1 };
    const sized = [{ definition: postgres.configure({}), requires: [], share, settings: [] }];
    const [kept] = await keepSources(sized, { engine, stack: "test", policy });
    const found = kept?.definition.image.sources.map((source) =>
      source.kind === "registry" ? undefined : source.suite,
    );
    expect(found).toEqual(suites);
  });
});
