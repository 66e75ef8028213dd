import { execa } from "execa";
import { expect, test } from "vitest";
import { PROJECT } from "../support/core/sources.ts";

/** Mode of a link in git's index. */
const LINK = "120000";

test("git must track no link: a clone elsewhere would have one that leads nowhere", async () => {
  const { stdout } = await execa("git", ["ls-files", "--stage"], { cwd: PROJECT });
  const rows = stdout.split("\n");
  expect(rows.length).toBeGreaterThan(1);
  expect(rows.filter((row) => row.startsWith(LINK))).toEqual([]);
});
