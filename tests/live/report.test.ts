import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderHtml } from "../../stack/report/html/page.ts";
import { firstInput, largeInput } from "../support/report/html-fixtures.ts";
import { inspect, openBrowser } from "../support/report/browser.ts";

const browser = await openBrowser();
if (typeof browser === "string") process.stderr.write(`the tests of the report in a browser are skipped: ${browser}\n`);

const LOOKS: readonly (readonly [name: string, options: BrowserContextOptions])[] = [
  ["light, 1280 wide", { colorScheme: "light", viewport: { width: 1280, height: 900 } }],
  ["dark, 1280 wide", { colorScheme: "dark", viewport: { width: 1280, height: 900 } }],
  ["light, 360 wide", { colorScheme: "light", viewport: { width: 360, height: 780 } }],
  ["dark, 360 wide", { colorScheme: "dark", viewport: { width: 360, height: 780 } }],
];

describe.skipIf(typeof browser === "string")("the report in a browser", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "plumbline-report-"));
    await writeFile(join(folder, "large.html"), renderHtml(largeInput()));
    await writeFile(join(folder, "first.html"), renderHtml(firstInput()));
  });
  afterAll(async () => {
    if (typeof browser !== "string") await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a file without JavaScript and without a network, as a reader on a train would. */
  async function opened<Result>(
    file: string,
    options: BrowserContextOptions,
    use: (
      page: Page,
      heard: { readonly requests: readonly string[]; readonly messages: readonly string[] },
    ) => Promise<Result>,
  ): Promise<Result> {
    if (typeof browser === "string") throw new Error(browser);
    const context = await browser.newContext({ ...options, javaScriptEnabled: false, offline: true });
    try {
      const page = await context.newPage();
      const requests: string[] = [];
      const messages: string[] = [];
      page.on("request", (request) => requests.push(request.url()));
      page.on("console", (message) => messages.push(message.text()));
      page.on("pageerror", (error) => messages.push(error.message));
      await page.goto(pathToFileURL(join(folder, file)).href);
      return await use(page, { requests, messages });
    } finally {
      await context.close();
    }
  }

  describe.for(LOOKS)("%s", ([, options]) => {
    test.for(["large.html", "first.html"])("%s must be drawn whole, readable and by itself", async (file) => {
      await opened(file, options, async (page, { requests, messages }) => {
        expect((await page.screenshot({ fullPage: true })).length).toBeGreaterThan(50_000);
        const found = await inspect(page);
        expect({ requests, messages }).toEqual({ requests: [page.url()], messages: [] });
        const { overflow, overlaps, wide, empty, faint } = found;
        expect({ overflow, overlaps, wide, empty, faint }).toEqual({
          overflow: 0,
          overlaps: [],
          wide: [],
          empty: [],
          faint: [],
        });
        const scenarios = largeInput().document.run.scenarios.map(({ name }) => name);
        expect(found.names).toEqual(expect.arrayContaining(scenarios));
        expect(found.charts).toBeGreaterThanOrEqual(2 * scenarios.length);
        expect(found.texts).toBeGreaterThan(200);
      });
    });
  });

  test("must be dark where that is preferred, and light on paper all the same", async () => {
    await opened("large.html", { colorScheme: "dark" }, async (page) => {
      const dark = await inspect(page);
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      const paper = await inspect(page);
      expect([dark.background, paper.background]).toEqual(["rgb(18, 20, 22)", "rgb(251, 251, 249)"]);
      expect(paper.faint).toEqual([]);
      expect((await page.pdf({ format: "A4" })).subarray(0, 5).toString()).toBe("%PDF-");
    });
  });

  test("must run no script, even if one came in and JavaScript were on", async () => {
    const page = renderHtml(firstInput()).replace("</body>", `<script>document.title = "run"</script></body>`);
    await writeFile(join(folder, "script.html"), page);
    if (typeof browser === "string") throw new Error(browser);
    const context = await browser.newContext({ offline: true });
    const tab = await context.newPage();
    await tab.goto(pathToFileURL(join(folder, "script.html")).href);
    expect(await tab.title()).toContain("no baseline");
    await context.close();
  });

  test("what is looked for must be found where it is wrong", async () => {
    const faults = `<!DOCTYPE html><title>x</title><body style="background:#fff"><div style="width:2000px">wide</div>
      <svg class="chart" width="100" height="20"><title>t</title><text x="0" y="10">one</text><text x="4" y="10">two</text></svg>
      <svg width="0" height="20"></svg><p style="color:#999">faint</p>`;
    await writeFile(join(folder, "faults.html"), faults);
    await opened("faults.html", { viewport: { width: 360, height: 780 } }, async (page) => {
      const { overflow, overlaps, wide, empty, faint } = await inspect(page);
      expect(overflow).toBeGreaterThan(1000);
      expect([overlaps.length, wide.length, empty.length, faint.length]).toEqual([1, 1, 1, 1]);
    });
  });
});
