import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { withoutErasing } from "../../../stack/runtimes/compose/logs.ts";

test.for([
  [["\u001B[2Kredis | one\n\u001B[2Kredis | two\n"], "redis | one\nredis | two\n"],
  [["\u001B[", "2Kredis | cut in two\n", "\u001B[2Kwithout an end"], "redis | cut in two\nwithout an end"],
  [["\u001B[36mredis |\u001B[0m colours stay\n"], "\u001B[36mredis |\u001B[0m colours stay\n"],
  [[], ""],
] as const)("lines of a log come without the sequence that erases: %j", async ([chunks, expected]) => {
  expect(await text(Readable.from(chunks).pipe(withoutErasing()))).toBe(expected);
});
