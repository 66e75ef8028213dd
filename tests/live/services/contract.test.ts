import { afterAll, beforeAll, expect } from "vitest";
import type { ConfiguredService } from "../../../stack/core/service/service.ts";
import { services } from "../../../stack/services/index.ts";
import { liveContract, type LiveExceptions } from "../../contracts/service-live.ts";
import { openStackOfAll, type StackOfAll } from "../../contracts/service/stack-of-all.ts";
import { fixture } from "../../structure/fixture-service/index.ts";
import { findImage, whyNoEngine } from "../../support/live/docker.ts";
import { describeLive } from "../../support/live/server.ts";

const EXCEPTIONS: Readonly<Record<string, LiveExceptions>> = {
  [fixture.name]: { takesWrongValues: "it reads its conf file as it is" },
};

const subjects = [...services, fixture].map((service) => service.configure({}));
const running = await withImages(subjects);

await describeLive("every service, in one stack", [], () => {
  let stack: StackOfAll | undefined;
  beforeAll(async () => {
    stack = await openStackOfAll(running);
  });
  afterAll(() => stack?.close());

  for (const service of running) {
    const member = () => stack?.member(service) ?? expect.fail("the stack is not up");
    liveContract(service, member, EXCEPTIONS[service.name]);
  }
});

/** Those whose image is in the engine, with the images of all that they require; the others are named. */
async function withImages(all: readonly ConfiguredService[]): Promise<readonly ConfiguredService[]> {
  if ((await whyNoEngine()) !== undefined) return [];
  const found = await Promise.all(all.map(async ({ name }) => ((await findImage(name)) === undefined ? [] : [name])));
  const present = new Set(found.flat());
  const usable = all.filter(({ name, requires }) => [name, ...requires].every((each) => present.has(each)));
  const absent = all.filter((service) => !usable.includes(service)).map(({ name }) => name);
  if (absent.length > 0) process.stderr.write(`skipped: no image of ${absent.join(", ")} is present\n`);
  return usable;
}
