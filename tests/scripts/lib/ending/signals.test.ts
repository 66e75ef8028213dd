import { afterEach, describe, expect, test, vi } from "vitest";
import { endInOrder, endOnSignals, type Ending } from "../../../../scripts/lib/ending/signals.ts";

class Exited extends Error {}

let ending: Ending | undefined;
afterEach(() => {
  ending?.forget();
  vi.restoreAllMocks();
});

function begin() {
  const exit = vi.spyOn(process, "exit").mockImplementation((code) => {
    throw new Exited(String(code));
  });
  vi.spyOn(process, "kill").mockImplementation(() => {
    throw new Exited("by a signal");
  });
  ending = endOnSignals();
  return { signal: ending.signal, exit };
}

describe("a command", () => {
  test("ends in order at the first signal, and at once at the second", () => {
    const { signal } = begin();
    process.emit("SIGINT", "SIGINT");
    expect(signal.aborted).toBe(true);
    expect(() => process.emit("SIGTERM", "SIGTERM")).toThrow(Exited);
  });

  test("whose reader is gone ends in order", () => {
    const { signal, exit } = begin();
    endInOrder();
    expect(signal.aborted).toBe(true);
    expect(exit).not.toHaveBeenCalled();
  });

  test("whose reader got the same Ctrl-C goes on ending in order", () => {
    const { signal, exit } = begin();
    process.emit("SIGINT", "SIGINT");
    endInOrder();
    endInOrder();
    expect(signal.aborted).toBe(true);
    expect(exit).not.toHaveBeenCalled();
  });
});
