import { expect, test } from "vitest";
import { killsDocument, killsText } from "./document.ts";
import type { Kill } from "./measure.ts";

const KILL: Kill = { atMs: 500, killed: "server", unready: true, first: "SERVICE_EXITED", next: "ok", nextMs: 2000 };
const of = (...kills: readonly Kill[]) => {
  return { server: "postgres", source: "debian", firstStartMs: 1000, kills } as const;
};

test("kills that the next up mends are counted, with the median of its time", () => {
  const found = killsDocument({ servers: [of(KILL, { ...KILL, nextMs: 4000 }, KILL)], skipped: 0 });
  expect(found).toMatchObject({ ok: true, failed: 0 });
  expect(found.rows[0]).toMatchObject({ places: 3, beforeReady: 3, mended: 3, nextUpMedianMs: 2000 });
});

test("one that it does not mend fails the whole, with its code and its place", () => {
  const found = killsDocument({ servers: [of(KILL, { ...KILL, next: "VOLUME_INCOMPLETE" })], skipped: 0 });
  expect(found).toMatchObject({ ok: false, failed: 1 });
  expect(killsText(found)).toContain("VOLUME_INCOMPLETE after 0.50 s (server)");
});

test("what was not hit is no success", () => {
  const found = killsDocument({ servers: [of({ ...KILL, next: "", missed: "it had ended" })], skipped: 19 });
  expect(found).toMatchObject({ ok: false, failed: 0, skipped: 19 });
  expect(killsText(found)).toContain("Nothing was killed.");
});

test("a server that does not come up without any kill fails the whole with its code", () => {
  const failed = { server: "mysql", source: "registry", failed: "SERVICE_EXITED", kills: [] } as const;
  const found = killsDocument({ servers: [of(KILL), failed], skipped: 0 });
  expect(found.ok).toBe(false);
  expect(killsText(found)).toMatch(/mysql +registry +SERVICE_EXITED/);
});
