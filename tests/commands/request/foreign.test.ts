import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { destroyServices } from "../../../stack/commands/destroy-services.ts";
import { refuseForeignStack } from "../../../stack/commands/request/foreign.ts";
import type { Wanted } from "../../../stack/commands/request/request.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { configureServices } from "../../../stack/core/desire/desire.ts";
import { realHost } from "../../../stack/host/host.ts";
import { stackFolder } from "../../../stack/records/folder.ts";
import { registry } from "../../../stack/services/index.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";
import { fakeDeployer } from "../../support/fakes/runtime.ts";
import { profileOf } from "../../support/core/stack.ts";
import { fixture } from "../../structure/fixture-service/index.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "plumbline-foreign-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A stack whose folder has these credentials, on an engine with the volumes of both services. */
async function scene(credentials: readonly string[]) {
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
  return { wanted, engine };
}

async function refused(...credentials: readonly string[]): Promise<unknown> {
  const { wanted, engine } = await scene(credentials);
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

  test("must be refused too if a person has restored them, until they are removed as the refusal says", async () => {
    const { wanted, engine } = await scene(["fixture.app"]);
    const [volume = ""] = engine.world.volumes.splice(0, 1);
    engine.world.restored.push(volume);
    const error: unknown = await refuseForeignStack(engine, wanted).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "SECRETS_LOST", details: { volumes: [volume] } });
    const fix = error instanceof PlumblineError ? error.fix : "";
    expect(fix.endsWith(`: \`docker volume rm ${volume}\`, which a person made`)).toBe(true);
    engine.world.restored.length = 0;
    await expect(refuseForeignStack(engine, wanted)).resolves.toBeUndefined();
  });

  test("must be accepted if a person has made them and they are empty", async () => {
    const { wanted, engine } = await scene(["fixture.app"]);
    const [volume = ""] = engine.world.volumes.splice(0, 1);
    engine.world.restored.push(volume);
    engine.world.empty.add(volume);
    await expect(refuseForeignStack(engine, wanted)).resolves.toBeUndefined();
  });

  test("must be accepted once their data are given up by the command that the refusal names", async () => {
    const { wanted, engine } = await scene(["fixture.app"]);
    const error: unknown = await refuseForeignStack(engine, wanted).catch((reason: unknown) => reason);
    const named = error instanceof PlumblineError ? /npm run destroy -- ([a-z ]+)`/.exec(error.fix)?.[1] : undefined;
    expect(named).toBe("postgres");
    await destroyServices(
      { wanted, engine, deploy: fakeDeployer(engine), services: named?.split(" ") ?? [], ask: async () => undefined },
      { report: () => {}, signal: new AbortController().signal },
    );
    expect(engine.world.volumes).toEqual(["plumbline-mine-fixture-data"]);
    await refuseForeignStack(engine, wanted);
  });
});
