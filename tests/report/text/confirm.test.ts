import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, test } from "vitest";
import { confirm, offer, type Asking } from "../../../stack/report/text/confirm.ts";

let input: PassThrough;
let said: string;
let asking: Asking;
let ending: AbortController;

beforeEach(() => {
  input = new PassThrough();
  said = "";
  const output = new PassThrough().setEncoding("utf8");
  output.on("data", (text: string) => (said += text));
  ending = new AbortController();
  asking = { plain: true, signal: ending.signal, input, output };
});

const asked = () => expect.poll(() => said, { timeout: 20_000 }).toContain("Remove it?");
const question = (plain: boolean) => confirm("Remove it?", { yes: false, asking: { ...asking, plain } });

describe("a question", () => {
  test("must not be asked where --yes has answered it, and be an error where nobody can answer", async () => {
    expect(await confirm("Remove it?", { yes: true, asking })).toBe(true);
    expect(said).toBe("");
    await expect(confirm("Remove it?", { yes: false })).rejects.toMatchObject({ code: "NEEDS_CONFIRMATION" });
  });

  test.for([true, false])("must be answered by a letter (one plain line: %o)", async (plain) => {
    const answer = question(plain);
    await asked();
    input.write("y\r\n");
    expect(await answer).toBe(true);
  });

  test.for([true, false])("must be a no where there is only a line end (one plain line: %o)", async (plain) => {
    const answer = question(plain);
    await asked();
    input.write("\r\n");
    expect(await answer).toBe(false);
  });

  test.for([true, false])("must end at a signal (one plain line: %o)", async (plain) => {
    const answer = question(plain);
    await asked();
    ending.abort();
    await expect(answer).rejects.toMatchObject({ code: "INTERRUPTED", exitCode: 130 });
  });

  test("must end as interrupted by Ctrl-C, which the prompt takes from the terminal", async () => {
    const answer = question(false);
    await asked();
    input.write("\u0003");
    await expect(answer).rejects.toMatchObject({ code: "INTERRUPTED", exitCode: 130 });
  });

  test("must be a no where the terminal is closed", async () => {
    const answer = question(true);
    await asked();
    input.end();
    expect(await answer).toBe(false);
  });

  test("must be one line without control sequences where the terminal has none", async () => {
    const answer = question(true);
    await asked();
    input.write("n\n");
    expect(await answer).toBe(false);
    expect(said).toBe("? Remove it? (y/N) ");
  });
});

describe("an offer", () => {
  test("must be taken by a line end, and declined by a no", async () => {
    for (const [line, taken] of [
      ["\n", true],
      ["no\n", false],
    ] as const) {
      const answer = offer("Remove it?", asking);
      await asked();
      said = "";
      input.write(line);
      expect(await answer).toBe(taken);
    }
  });

  test("must be declined by a signal", async () => {
    const answer = offer("Remove it?", asking);
    await asked();
    ending.abort();
    expect(await answer).toBe(false);
  });
});
