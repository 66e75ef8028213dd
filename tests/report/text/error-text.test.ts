import { expect, test } from "vitest";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { errorText } from "../../../stack/report/text/error-text.ts";

const error = (why: string) =>
  new PlumblineError("SERVICE_EXITED", { what: "store-1 exited", why, fix: "Look at its log" });

test("an error is its code, what failed, why, and how to fix it, with further lines indented", () => {
  expect(errorText(error("first\nsecond"), false)).toBe(
    "SERVICE_EXITED  store-1 exited\n  why  first\n       second\n  fix  Look at its log",
  );
  expect(errorText(error("first"), true)).toContain("\u001B[31m");
});

test("what it quotes of a server is no command to the terminal, and no line without end", () => {
  const text = errorText(error(`\u001B[2J\u001B]0;title\u0007done\rFAKE\n${"x".repeat(300_000)}`), false);
  expect(text).toContain("why  \uFFFD[2J\uFFFD]0;title\uFFFDdone\uFFFDFAKE\n");
  expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  expect(text.length).toBeLessThan(2200);
});

test("an address that it quotes is shown without its credentials", () => {
  expect(errorText(error("GET https://ada:s3cret@registry.test/v2/ failed"), false)).toContain(
    "why  GET https://***@registry.test/v2/ failed",
  );
});
