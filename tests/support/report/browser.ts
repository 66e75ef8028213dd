/** A real browser without a window: Debian's Chromium, installed where that is possible. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { execa } from "execa";
import { chromium, type Browser, type Page } from "playwright-core";
import { z } from "zod";
import { messageOf } from "../../../stack/core/errors.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const APT = "/usr/bin/apt-get";
const INSTALL_MS = 300_000;

/** As root it has no sandbox; the others keep it from asking its maker for anything. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser, or why there is none. */
export async function openBrowser(): Promise<Browser | string> {
  const path = PLACES.find((place) => existsSync(place)) ?? (await installed());
  if (!path.startsWith("/")) return path;
  try {
    return await chromium.launch({ executablePath: path, args: FLAGS });
  } catch (error) {
    return `${path} does not start: ${messageOf(error).split("\n")[0]}`;
  }
}

async function installed(): Promise<string> {
  if (process.getuid?.() !== 0) return "there is no Chromium, and it can only be installed as root";
  const install = ["install", "--yes", "--no-install-recommends", "chromium", "fonts-liberation"];
  try {
    for (const command of [["update"], install]) {
      await execa(APT, command, { env: { DEBIAN_FRONTEND: "noninteractive" }, timeout: INSTALL_MS });
    }
  } catch (error) {
    return `there is no Chromium, and apt-get does not install it: ${messageOf(error).split("\n")[0]}`;
  }
  return PLACES.find((place) => existsSync(place)) ?? "apt-get installed no Chromium";
}

const inspection = z.object({
  /** Pixels that the page is wider than the window. */
  overflow: z.number(),
  /** Pairs of labels of one chart that meet. */
  overlaps: z.array(z.string()),
  /** Elements that leave the window, but for what scrolls by itself. */
  wide: z.array(z.string()),
  /** Drawings without a width or a height. */
  empty: z.array(z.string()),
  /** Text with a contrast below 4.5, which WCAG 2.2 asks for at level AA. */
  faint: z.array(z.string()),
  texts: z.number(),
  charts: z.number(),
  names: z.array(z.string()),
  background: z.string(),
});

export async function inspect(page: Page): Promise<z.infer<typeof inspection>> {
  const script = await readFile(new URL("inspect.mjs", import.meta.url), "utf8");
  return inspection.parse(await page.evaluate(script));
}
