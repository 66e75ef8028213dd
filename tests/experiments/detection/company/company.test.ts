import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMPANIES, invite } from "./company.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-company-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the company", () => {
  test.each(COMPANIES)("%s comes, works, and is gone with what it wrote when it leaves", async (kind) => {
    const company = await invite(kind, { seconds: 60, folder });
    await sleep(200);
    expect(existsSync(join(folder, "company-disk"))).toBe(kind === "disk");
    await company.leave();
    expect(await readdir(folder)).toEqual([]);
  });

  test("ends by itself after its time, and says that it was not there to the end", async () => {
    const company = await invite("half", { seconds: 0.2, folder });
    await sleep(800);
    await expect(company.leave()).rejects.toMatchObject({ code: "BENCH_FAILED" });
  });
});
