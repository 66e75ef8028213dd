import { resultsRenderer } from "../../stack/report/measurement/renderer.ts";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resultFiles, saveBaseline, saveResults } from "../../stack/records/files.ts";
import { renderAgain, saveReports } from "../../stack/records/reports.ts";
import { firstInput, largeInput } from "../support/report/html-fixtures.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-reports-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const AT = new Date(2026, 0, 2, 3, 4, 5);

describe("the reports of a run", () => {
  test("must lie beside its JSON and text, and where they are wanted besides", async () => {
    const files = resultFiles(folder, AT);
    const { document } = firstInput();
    await saveResults(files, document, "text\n");
    const junit = join(folder, "junit.xml");
    const written = await saveReports(files, resultsRenderer, { document }, { copies: { junit } });
    const stem = "performance-results-20260102-030405";
    expect(written.map((path) => basename(path))).toEqual([`${stem}.html`, `${stem}.md`, `${stem}.xml`, "junit.xml"]);
    expect((await readdir(folder)).toSorted()).toEqual(
      ["html", "json", "md", "txt", "xml"]
        .map((ending) => `${stem}.${ending}`)
        .concat("junit.xml")
        .toSorted(),
    );
    expect(await readFile(junit, "utf8")).toBe(await readFile(files.junit, "utf8"));
  });

  test.for([0, 0o077])("must be readable for all and writable for one, with the umask %o too", async (umask) => {
    const place = join(folder, "results");
    const files = resultFiles(place, AT);
    const { document } = firstInput();
    const before = process.umask(umask);
    try {
      await saveResults(files, document, "text\n");
      await saveReports(files, resultsRenderer, { document });
    } finally {
      process.umask(before);
    }
    expect((await stat(place)).mode & 0o777).toBe(0o755);
    for (const name of await readdir(place)) expect((await stat(join(place, name))).mode & 0o777, name).toBe(0o644);
  });

  test("must draw the past that is given, in this one place", async () => {
    const { document, history, changes } = largeInput();
    const files = resultFiles(folder, AT);
    await saveReports(files, resultsRenderer, { document });
    expect(await readFile(files.html, "utf8")).not.toContain(">History<");
    await saveReports(files, resultsRenderer, { document }, { past: { history, changes } });
    expect(await readFile(files.html, "utf8")).toContain(">History<");
  });
});

describe("rendering once more", () => {
  test("must take the newest results and the baseline that they were judged by", async () => {
    const { document, baseline } = largeInput();
    if (!baseline) throw new Error("the fixture has a baseline");
    await saveResults(resultFiles(folder, new Date(2025, 0, 1)), firstInput().document, "");
    const newest = resultFiles(folder, AT);
    await saveResults(newest, document, "");
    const baselines = join(folder, "baselines");
    await saveBaseline(baselines, baseline);
    const { results, files } = await renderAgain({ results: folder, baselines }, undefined, resultsRenderer);
    expect(results).toBe(newest.json);
    expect(files).toContain(newest.html);
    expect(await readFile(newest.html, "utf8")).toContain("In the baseline: p50");
  });

  test("must not draw a baseline that has been recorded anew since", async () => {
    const { document, baseline } = largeInput();
    if (!baseline) throw new Error("the fixture has a baseline");
    const files = resultFiles(folder, AT);
    await saveResults(files, document, "");
    const baselines = join(folder, "baselines");
    await saveBaseline(baselines, { ...baseline, recordedAt: "2027-01-01T00:00:00.000Z" });
    await renderAgain({ results: folder, baselines }, files.json, resultsRenderer);
    expect(await readFile(files.html, "utf8")).not.toContain("In the baseline: p50");
  });

  test("must refuse a folder without results, and a file that holds none", async () => {
    await expect(renderAgain({ results: folder, baselines: folder }, undefined, resultsRenderer)).rejects.toMatchObject(
      { code: "WRONG_USAGE" },
    );
    await expect(
      renderAgain({ results: folder, baselines: folder }, join(folder, "none.json"), resultsRenderer),
    ).rejects.toMatchObject({ code: "WRONG_USAGE" });
  });
});
