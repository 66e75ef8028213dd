import { describe, expect, test } from "vitest";
import { ERROR_CODES, EXIT, messageOf, PlumblineError } from "../../stack/core/errors.ts";

const codes = Object.entries(ERROR_CODES);

describe("the codes", () => {
  test.for(codes)(
    "%s must be written in capitals, with a meaning and an exit code that is documented",
    ([code, entry]) => {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(entry.meaning).toMatch(/^\S.*[^.\s]$/);
      expect(Object.values(EXIT)).toContain(entry.exit);
    },
  );

  test("no error must exit with what means success or a pending change, and only one with what means a verdict", () => {
    const taken: readonly number[] = [EXIT.ok, EXIT.changesPending];
    expect(codes.filter(([, { exit }]) => taken.includes(exit))).toEqual([]);
    const below = codes.filter(([, { exit }]) => exit === EXIT.belowBaseline).map(([code]) => code);
    expect(below).toEqual(["BELOW_BASELINE"]);
  });

  test("wrong input must exit with 2, what needs a yes with 5, an interruption with 130", () => {
    expect(ERROR_CODES.PROFILE_INVALID.exit).toBe(2);
    expect(ERROR_CODES.NEEDS_CONFIRMATION.exit).toBe(5);
    expect(ERROR_CODES.INTERRUPTED.exit).toBe(130);
    expect(ERROR_CODES.NOT_CONVERGED.exit).toBe(4);
  });
});

describe("an error", () => {
  const cause = new Error("ENOSPC");
  const error = new PlumblineError("DISK_FULL", {
    what: "It cannot be written",
    why: "no space",
    fix: "Free some",
    cause,
  });

  test("must say what failed, why and how to fix it, under its code, and keep its cause", () => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code: "DISK_FULL", what: "It cannot be written", why: "no space", fix: "Free some" });
    expect(error.message).toBe("It cannot be written: no space");
    expect(error.name).toBe("PlumblineError");
    expect(error.cause).toBe(cause);
    expect(error.exitCode).toBe(1);
  });

  test("must have details only where there are some", () => {
    expect(error.details).toEqual({});
    expect(new PlumblineError("PORT_TAKEN", { what: "", why: "", fix: "", details: { port: 1 } }).details).toEqual({
      port: 1,
    });
  });
});

test("the message of whatever was thrown must be a text", () => {
  expect(messageOf(new Error("broken"))).toBe("broken");
  expect(messageOf("text")).toBe("text");
  expect(messageOf(undefined)).toBe("undefined");
  // What Node throws when a name has two addresses and neither answers has no message of its own.
  expect(messageOf(new AggregateError([new Error("refused ::1"), new Error("refused 127.0.0.1")]))).toBe(
    "refused ::1; refused 127.0.0.1",
  );
});
