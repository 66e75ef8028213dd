import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { refuseHighPorts, stackPortOffset } from "../../../stack/core/desire/stack-ports.ts";
import { services } from "../../../stack/services/index.ts";

const arbitraryName = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?$/).filter((name) => name !== "default");

/** Ports of every service with the options that publish the most. */
const ports = services.flatMap((service) =>
  service.configure(service.name === "redis" ? { nodes: 6 } : {}).ports.map(({ defaultHostPort }) => defaultHostPort),
);

describe("the ports of a stack", () => {
  test("must be the usual ones for the default stack", () => {
    expect(stackPortOffset("default")).toBe(0);
  });

  test("must follow from the name alone, and be valid and below the ports that systems give to clients", () => {
    fc.assert(
      fc.property(arbitraryName, (name) => {
        const offset = stackPortOffset(name);
        expect(stackPortOffset(name)).toBe(offset);
        for (const port of ports) {
          expect(port + offset).toBeGreaterThan(10_000);
          expect(port + offset).toBeLessThan(32_768);
        }
      }),
    );
  });

  test("must share none with a stack of another offset, nor with the default one", () => {
    const offsets = new Set(Array.from({ length: 5000 }, (_, index) => stackPortOffset(`stack-${index}`)));
    const all = [0, ...offsets].flatMap((offset) => ports.map((port) => port + offset));
    expect(new Set(all).size).toBe(all.length);
    expect(offsets.size).toBe(100);
  });

  test("and of the profile together must stay in the range of ports, and the error must say the most that fits", () => {
    const published = [
      { instance: "low", defaultHostPort: 5432 },
      { instance: "high", defaultHostPort: 15_672 },
    ];
    expect(() => refuseHighPorts("default", 49_000, published)).not.toThrow();
    const most = 65_535 - 15_672 - stackPortOffset("two");
    expect(() => refuseHighPorts("two", most, published)).not.toThrow();
    const refusal = refusalOf(() => refuseHighPorts("two", most + 1, published));
    expect(refusal?.code).toBe("PROFILE_INVALID");
    expect(refusal?.why).toMatch(/^high: 15672 .*$/);
    expect(refusal?.fix).toContain(`${most} at most`);
  });
});

function refusalOf(work: () => void): PlumblineError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof PlumblineError ? error : undefined;
  }
}
