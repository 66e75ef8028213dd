import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { refuseForeignStack } from "../../../stack/commands/request/foreign.ts";
import type { Wanted } from "../../../stack/commands/request/request.ts";
import { configureServices } from "../../../stack/core/desire/desire.ts";
import { realHost } from "../../../stack/host/host.ts";
import { stackFolder } from "../../../stack/records/folder.ts";
import { registry } from "../../../stack/services/index.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";
import { profileOf } from "../../support/core/stack.ts";
import { fixture } from "../../structure/fixture-service/index.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "plumbline-foreign-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A stack whose folder has these credentials, on an engine with the volumes of both services. */
async function refused(...credentials: readonly string[]): Promise<unknown> {
  const profile = profileOf({ services: { postgres: {}, fixture: {} } });
  const folder = stackFolder("mine", root);
  await mkdir(folder.secrets, { recursive: true });
  for (const id of credentials) await writeFile(join(folder.secrets, id), "secret");
  const services = configureServices(profile, new Map([...registry, [fixture.name, fixture]]));
  const wanted: Wanted = {
    stack: "mine",
    folder,
    profile,
    profileReference: "mine",
    services,
    runtime: "auto",
    isRemembered: false,
    host: realHost(),
  };
  const engine = fakeEngine({ volumes: ["plumbline-mine-postgres-data", "plumbline-mine-fixture-data"] });
  return refuseForeignStack(engine, wanted).catch((error: unknown) => error);
}

describe("volumes without the key to them", () => {
  test("must be refused by name, and only those", async () => {
    expect(await refused("fixture.app", "postgres.app")).toMatchObject({
      code: "SECRETS_LOST",
      details: { volumes: ["plumbline-mine-postgres-data"] },
    });
  });

  test("must not be refused for a credential that is no key, or that a server has still to issue", async () => {
    expect(await refused("postgres.admin", "fixture.app")).toBeUndefined();
  });
});
