import { expect, test } from "vitest";
import { findPresent } from "../../stack/images/present.ts";
import { fakeLock } from "../support/fakes/image-lock.ts";

test("an engine that does not list its images is left as soon as the run ends", async () => {
  const ending = new AbortController();
  const found = findPresent(new Map(), {
    store: { list: () => new Promise(() => undefined) },
    policy: "auto",
    services: "/nonexistent",
    registryPlace: "",
    lock: fakeLock(),
    signal: ending.signal,
  });
  ending.abort();
  await expect(found).rejects.toMatchObject({ code: "INTERRUPTED" });
});
