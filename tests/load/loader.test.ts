import { describe, expect, test } from "vitest";
import { clientLimit } from "../../stack/load/loader.ts";

const idle = { cpu: 0.05, starved: 0, busy: 0.05, lagMs: 0 };

describe("the client is the limit", () => {
  test("never where it mostly waits", () => {
    expect(clientLimit(idle, 1, 5)).toBeUndefined();
  });

  test.for([
    [{ ...idle, cpu: 0.81 }, 1, 50, "the load loop used 81 % of a core"],
    [{ ...idle, cpu: 0.5, starved: 0.4 }, 1, 50, "used 50 % of a core and waited for one for another 40 %"],
    [{ ...idle, busy: 0.97 }, 1, 50, "the load loop was busy for 97 % of the time"],
    [{ ...idle, lagMs: 2 }, 10, 50, "the event loop was 2.0 ms late"],
    [{ ...idle, cpu: 0.4 }, 1, 1, "40 % of a mean latency is the work of the client itself"],
  ] as const)("%j", ([use, medianMs, clients, reason]) => {
    expect(clientLimit(use, medianMs, clients)).toContain(reason);
  });

  test("by its own work only where few operations are in flight: beside many others it waits for nobody", () => {
    expect(clientLimit({ ...idle, cpu: 0.4 }, 1, 2)).toBeUndefined();
    expect(clientLimit({ ...idle, cpu: 0.4 }, 1)).toBeUndefined();
  });
});
