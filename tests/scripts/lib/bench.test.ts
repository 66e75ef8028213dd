import { describe, expect, test } from "vitest";
import { parseBench } from "../../../scripts/lib/bench.ts";

describe("the flags of bench", () => {
  test("leave the scenarios as they are where none is given", () => {
    expect(parseBench({})).toEqual({
      save: undefined,
      reports: {},
      decide: {},
      how: { all: false, thorough: false, load: {} },
    });
  });

  test("ask for an open loop and for other clients", () => {
    const { how } = parseBench({ full: true, rate: "500", concurrency: "20", duration: "12" });
    expect(how).toEqual({ all: true, thorough: false, budgetS: 12, load: { ratePerS: 500, clients: 20 } });
  });

  test("say how a baseline is recorded", () => {
    expect(parseBench({ save: true, wait: "0", add: true })).toMatchObject({
      save: { anyway: false, add: true, wait: 0 },
      how: { thorough: true },
    });
  });

  test.for([
    [{ wait: "10" }, "--save: missing"],
    [{ anyway: true }, "--save: missing"],
    [{ save: true, wait: "-1" }, "--wait: expected a whole number of seconds from 0 to 3600"],
    [{ save: true, wait: "4000" }, "--wait: expected a whole number of seconds from 0 to 3600"],
    [{ rate: "0" }, "--rate"],
    [{ rate: "1.5" }, "--rate: expected a whole number"],
    [{ rate: "fast" }, "--rate: expected a whole number"],
    [{ rate: "1000000" }, "--rate"],
    [{ concurrency: "-3" }, "--concurrency"],
    [{ concurrency: "100000" }, "--concurrency"],
    [{ threads: "0" }, "--threads"],
    [{ threads: "2", rate: "100" }, "--threads: an open loop has one thread"],
    [{ untilDecided: "soon" }, "--untilDecided: expected a whole number"],
    [{ untilDecided: "0" }, "--untilDecided"],
    [{ save: true, untilDecided: "60" }, "--save: a baseline has as many blocks as its time allows"],
    [{ save: true, threads: "2" }, "--save: a baseline holds the scenarios as they are"],
    [{ save: true, rate: "100" }, "--save: a baseline holds the scenarios as they are"],
    [{ save: true, concurrency: "2" }, "--save: a baseline holds the scenarios as they are"],
  ] as const)("refuse %j", ([raw, message]) => {
    expect(() => parseBench(raw)).toThrow(message);
  });
});
