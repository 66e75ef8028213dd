import { describe, expect, test } from "vitest";
import { demultiplex, lineReader } from "../../stack/docker/demultiplex.ts";

function piece(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe("output of a container without a terminal", () => {
  test("is separated into its two streams, and kept in order", () => {
    const raw = Buffer.concat([piece(1, "one\n"), piece(2, "wrong\n"), piece(1, "two\n")]);
    expect(demultiplex(raw)).toEqual({ stdout: "one\ntwo\n", stderr: "wrong\n", all: "one\nwrong\ntwo\n" });
  });

  test("comes as whole lines, however it is cut", () => {
    const raw = Buffer.concat([piece(1, "fir"), piece(2, "bad\n"), piece(1, "st\nsecond\nthi"), piece(1, "rd\n")]);
    for (let length = 1; length <= raw.length; length += 1) {
      const lines: string[] = [];
      const read = lineReader((text, from) => lines.push(`${from}: ${text}`));
      for (let from = 0; from < raw.length; from += length) read(raw.subarray(from, from + length));
      expect(lines).toEqual(["stderr: bad", "stdout: first", "stdout: second", "stdout: third"]);
    }
  });

  test("may come as many short pieces in one chunk: docker-modem's demuxStream overflows the stack on these", () => {
    const lines: string[] = [];
    lineReader((text) => lines.push(text))(Buffer.concat(Array.from({ length: 20_000 }, () => piece(1, "x\n"))));
    expect(lines).toHaveLength(20_000);
  });
});
