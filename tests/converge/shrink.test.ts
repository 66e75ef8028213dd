import { expect, test } from "vitest";
import type { Share } from "../../stack/core/service/service.ts";
import { mib, type Bytes } from "../../stack/core/units.ts";
import { shrinkLimits } from "../../stack/converge/shrink.ts";

const ON = new AbortController().signal;
const CONTAINER = { id: "c1", instance: "redis-1", memoryLimit: mib(512) };
const TO: Share = { memory: mib(256), cpus: 1 };

/** A container that gives memory back while it is looked at, and the limits that were set. */
function engineWith(...uses: readonly Bytes[]) {
  const left = [...uses];
  const set: Share[] = [];
  return {
    set,
    looks: () => uses.length - left.length,
    memoryUse: async () => left.shift() ?? expect.fail("looked too often"),
    limits: async (_: unknown, share: Share) => {
      set.push(share);
    },
  };
}

test("a smaller limit must be set once what is used fits below it, and not before", async () => {
  const engine = engineWith(mib(300), mib(250), mib(200));
  await shrinkLimits({ engine, deploy: engine }, CONTAINER, TO, ON);
  expect(engine.set).toEqual([TO]);
  expect(engine.looks()).toBe(3); // 250 of 256 MiB leave no room for what is allocated meanwhile
});

test("fewer cpus with the same memory must be set at once, whatever is used", async () => {
  const engine = engineWith();
  await shrinkLimits({ engine, deploy: engine }, CONTAINER, { memory: mib(512), cpus: 0.5 }, ON);
  expect(engine.set).toEqual([{ memory: mib(512), cpus: 0.5 }]);
});

test("a container without a limit must be looked at before it gets one", async () => {
  const engine = engineWith(mib(10));
  await shrinkLimits({ engine, deploy: engine }, { ...CONTAINER, memoryLimit: mib(0) }, TO, ON);
  expect(engine.looks()).toBe(1);
});

test("a signal must end the wait with the old limits in force", async () => {
  const engine = engineWith(mib(300), mib(300));
  await expect(shrinkLimits({ engine, deploy: engine }, CONTAINER, TO, AbortSignal.abort())).rejects.toMatchObject({
    code: "INTERRUPTED",
  });
  expect(engine.set).toEqual([]);
});
