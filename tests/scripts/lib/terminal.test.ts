import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { scriptCommand } from "../../support/core/script.ts";
import { canRepaint, displayOf, isColoured } from "../../../scripts/lib/terminal.ts";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
const TIMEOUT_MS = 60_000;
const TERMINAL = { isTerminal: true, columns: 80 };
const PIPE = { isTerminal: false, columns: undefined };
const ESCAPE = "\u001B[";

describe("a stream", () => {
  test("of this test must be no terminal, whatever CI and others say", () => {
    const display = displayOf({ fd: -1 });
    expect(display).toEqual(PIPE);
    expect([isColoured(display, { CI: "true", FORCE_COLOR: "1" }), canRepaint(display, {})]).toEqual([false, false]);
  });

  test.for<readonly [env: Readonly<Record<string, string>>, coloured: boolean, repaints: boolean]>([
    [{ TERM: "xterm" }, true, true],
    [{}, true, true],
    [{ TERM: "xterm", NO_COLOR: "1" }, false, true],
    [{ TERM: "xterm", NO_COLOR: "" }, true, true],
    [{ TERM: "dumb" }, false, false],
    [{ TERM: "xterm", CI: "true" }, true, false],
  ])("that is a terminal, with %j", ([env, coloured, repaints]) => {
    expect([isColoured(TERMINAL, env), canRepaint(TERMINAL, env)]).toEqual([coloured, repaints]);
  });

  test("that is a terminal without columns must have no line that is painted again", () => {
    expect(canRepaint({ isTerminal: true, columns: 0 }, { TERM: "xterm" })).toBe(false);
    expect(canRepaint({ isTerminal: true, columns: undefined }, { TERM: "xterm" })).toBe(false);
  });
});

/** util-linux's `script` makes a terminal; one of no columns where its own stdin is none. */
const hasScript = process.platform === "linux" && spawnSync("sh", ["-c", "exec script --version"]).status === 0;

/** What a command writes to a terminal. */
async function onTerminal(line: string, env: Readonly<Record<string, string>>, columns = 0): Promise<string> {
  const sized = columns > 0 ? `stty cols ${columns} rows 24; ${line}` : line;
  const { stdout, timedOut } = await execa("sh", ["-c", 'exec script -qec "$0" /dev/null', sized], {
    cwd: PROJECT,
    env: { TERM: "xterm", CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined, ...env },
    stdin: "ignore",
    reject: false,
    timeout: TIMEOUT_MS / 2,
    forceKillAfterDelay: 1_000,
  });
  expect(timedOut).toBe(false);
  return stdout;
}

describe.runIf(hasScript)("on a terminal", { timeout: TIMEOUT_MS }, () => {
  const LIVE = scriptCommand(fileURLToPath(new URL("../../support/report/live-line.ts", import.meta.url))).join(" ");
  const REFUSED = "node scripts/bootstrap.mjs scripts/plan.ts no-such-profile";

  test("of no columns progress must be plain lines, and come to an end", async () => {
    const said = await onTerminal(LIVE, {});
    expect(said).toContain("… start a (it is absent)");
    expect(said).not.toContain("block");
  });

  test("with columns it must be a line that is painted again", async () => {
    const said = await onTerminal(LIVE, {}, 80);
    for (const text of ["block 19", "block 20", `${ESCAPE}36m`]) expect(said).toContain(text);
  });

  test("NO_COLOR must take the colour from the line, and TERM=dumb the line", async () => {
    const plain = await onTerminal(LIVE, { NO_COLOR: "1" }, 80);
    expect(plain).toContain("block 20");
    expect(plain.split(ESCAPE).filter((part) => /^[\d;]*m/.test(part))).toEqual([]);
    expect(await onTerminal(LIVE, { TERM: "dumb" }, 80)).not.toContain(ESCAPE);
  });

  test("errors must have colours, and none with NO_COLOR or TERM=dumb", async () => {
    expect(await onTerminal(REFUSED, {}, 80)).toContain(ESCAPE);
    expect(await onTerminal(REFUSED, { NO_COLOR: "1" }, 80)).not.toContain(ESCAPE);
    expect(await onTerminal(REFUSED, { TERM: "dumb" }, 80)).not.toContain(ESCAPE);
  });
});
