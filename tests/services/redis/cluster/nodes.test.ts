import { expect, test } from "vitest";
import {
  countOf,
  equalRanges,
  slotOf,
  SLOTS,
  tagIn,
  toRanges,
} from "../../../../stack/services/redis/cluster/nodes.ts";

test("the slot of a key must be the one that Redis' specification gives", () => {
  // CRC16 of "123456789" in the reference implementation is 0x31C3; "foo" and "bar" by CLUSTER KEYSLOT.
  expect(slotOf("123456789")).toBe(0x31c3 % SLOTS);
  expect([slotOf("foo"), slotOf("bar"), slotOf("")]).toEqual([12_182, 5_061, 0]);
});

test("each node of any cluster that may be wanted must have a tag whose slot is its own", () => {
  for (const nodes of [1, 3, 6, 32]) {
    for (const range of equalRanges(nodes)) {
      const tag = tagIn([range]) ?? expect.fail(`no tag for slots ${range.join("-")}`);
      expect(slotOf(tag)).toBeGreaterThanOrEqual(range[0]);
      expect(slotOf(tag)).toBeLessThanOrEqual(range[1]);
    }
  }
  expect(tagIn([])).toBeUndefined();
});

test("slots must be counted as many as they are", () => {
  expect(countOf(equalRanges(7))).toBe(SLOTS);
  expect(countOf(toRanges([1, 2, 3, 9]))).toBe(4);
});
