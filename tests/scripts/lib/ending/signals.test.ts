import { afterEach, describe, expect, test, vi } from "vitest";
import { endInOrder, endOnSignals, type Ending } from "../../../../scripts/lib/ending/signals.ts";

class Exited extends Error {}

let ending: Ending | undefined;
afterEach(() => {
  ending?.forget();
  vi.restoreAllMocks();
  vi.useRealTimers();
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
    vi.useFakeTimers({ toFake: ["performance"] });
    const { signal } = begin();
    process.emit("SIGINT", "SIGINT");
    expect(signal.aborted).toBe(true);
    vi.advanceTimersByTime(1_500);
    expect(() => process.emit("SIGTERM", "SIGTERM")).toThrow(Exited);
  });

  test("takes the Ctrl-C that npm passes on for the one that the terminal has sent", () => {
    const { signal, exit } = begin();
    process.emit("SIGINT", "SIGINT");
    process.emit("SIGINT", "SIGINT");
    expect(signal.aborted).toBe(true);
    expect(exit).not.toHaveBeenCalled();
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
