import { expect, test } from "vitest";
import { inTurns } from "../../stack/host/turns.ts";

test("a computation that yields its values is interrupted between them by what else is to be done", async () => {
  let heard = 0;
  const at: number[] = [];
  function* values() {
    for (let value = 0; value < 3; value += 1) {
      at.push(heard);
      setImmediate(() => (heard += 1));
      yield value;
    }
  }
  expect(await inTurns(values())).toEqual([0, 1, 2]);
  expect(at).toEqual([0, 1, 2]);
});
