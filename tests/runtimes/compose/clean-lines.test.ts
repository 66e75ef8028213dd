import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { LINE_MOST } from "../../../stack/core/printable.ts";
import { cleanLines } from "../../../stack/runtimes/compose/clean-lines.ts";

async function shown(chunks: readonly (string | Buffer)[], coloured = false): Promise<string> {
  return text(Readable.from(chunks).pipe(cleanLines({ coloured })));
}

describe("lines of a log", () => {
  test.for<readonly [chunks: readonly string[], expected: string]>([
    [["\u001B[2Kredis | one\n\u001B[2Kredis | two\n"], "redis | one\nredis | two\n"],
    [["\u001B[", "2Kredis | cut in two\n", "\u001B[2Kwithout an end"], "redis | cut in two\nwithout an end"],
    [["redis | \u001B]0;title\u0007\u001B[8mhidden\n"], "redis | \uFFFD]0;title\uFFFD\uFFFD[8mhidden\n"],
    [["redis | 10 %\r100 %\r\n"], "redis | 10 %\uFFFD100 %\n"],
    [["redis | \u009B2J \u202Ebackwards\n"], "redis | \uFFFD2J \uFFFDbackwards\n"],
    [["\n\n"], "\n\n"],
    [[], ""],
  ])("must come without what a terminal obeys: %j", async ([chunks, expected]) => {
    expect(await shown(chunks)).toBe(expected);
  });

  test("must keep a character that two chunks share", async () => {
    const owl = Buffer.from("redis | 🦉\n");
    expect(await shown([owl.subarray(0, 10), owl.subarray(10)])).toBe("redis | 🦉\n");
  });

  test("must be cut where they are long, in however many chunks they come, and the next one must be whole", async () => {
    const chunks = [...Array.from({ length: 100 }, () => "x".repeat(64 * 1024)), "\nredis | next\n"];
    const said = await shown(chunks);
    expect(said).toBe(`${"x".repeat(LINE_MOST)} … cut after 2000 characters\nredis | next\n`);
  });

  test("must have a colour for each server, and no colour that a server wrote", async () => {
    const lines = ["redis-1    | a\n", "postgres-1 | b\n", "redis-1    | \u001B[31mc | d\n"];
    expect(await shown(lines, true)).toBe(
      [
        "\u001B[36mredis-1    |\u001B[39m a\n",
        "\u001B[33mpostgres-1 |\u001B[39m b\n",
        "\u001B[36mredis-1    |\u001B[39m \uFFFD[31mc | d\n",
      ].join(""),
    );
  });
});
