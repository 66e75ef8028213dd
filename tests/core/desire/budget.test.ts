import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate, budgetMachine, shortestDrop, type Budget, type Claim } from "../../../stack/core/desire/budget.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { bytes, gib, inMib, MIB, mib, sum, type Bytes } from "../../../stack/core/units.ts";

const GRAIN = mib(16);
const CPU_GRAIN = 0.05;

const claim = (service: string, floorMib: number, parts: Partial<Claim & Claim["needs"]> = {}): Claim => ({
  service,
  requires: parts.requires ?? [],
  instances: parts.instances ?? 1,
  needs: {
    floor: mib(floorMib),
    ideal: parts.ideal ?? mib(floorMib * 4),
    weight: parts.weight ?? 100,
    cpus: parts.cpus ?? 1,
  },
});

const memoryOf = (budget: Budget, service: string) => inMib(budget.shares.get(service)?.memory ?? bytes(-1));

describe("what the budget may count on", () => {
  test("must be what the machine has, and never more than the profile asks for", () => {
    const wish = { cpus: 4, memory: gib(8), disk: gib(60) };
    expect(budgetMachine({ cpus: 64, memory: gib(256) }, wish)).toEqual({ cpus: 4, memory: gib(8), disk: gib(60) });
    const small = { cpus: 2, memory: gib(3), disk: gib(5) };
    expect(budgetMachine(small, wish)).toEqual(small);
  });

  test("must leave the system 768 MiB, and 15 % on machines above 5 GiB", () => {
    const reserves = [gib(2), gib(5), gib(8)].map((memory) => inMib(allocate([], { cpus: 1, memory }).reserve));
    expect(reserves.map(Math.round)).toEqual([768, 768, 1229]);
  });
});

describe("the shares", () => {
  test("must be the ideals where all of them fit, and what is left stays free", () => {
    const budget = allocate([claim("a", 100, { ideal: mib(512) }), claim("b", 100, { ideal: mib(256) })], {
      cpus: 4,
      memory: gib(8),
    });
    expect([memoryOf(budget, "a"), memoryOf(budget, "b")]).toEqual([512, 256]);
    expect(inMib(budget.spent)).toBe(768);
  });

  test("must grow above the floors by weight where they do not", () => {
    const claims = [claim("a", 128, { ideal: gib(9), weight: 300 }), claim("b", 128, { ideal: gib(9), weight: 100 })];
    const budget = allocate(claims, { cpus: 4, memory: mib(2048) });
    // 1280 MiB are available: 128 + 768 and 128 + 256.
    expect([memoryOf(budget, "a"), memoryOf(budget, "b")]).toEqual([896, 384]);
  });

  test("must be given to each instance, and counted for all of them", () => {
    const budget = allocate([claim("a", 96, { ideal: mib(192), instances: 3 })], { cpus: 4, memory: gib(8) });
    expect(memoryOf(budget, "a")).toBe(192);
    expect(inMib(budget.spent)).toBe(576);
  });

  test("must be the floor itself where the floor is no multiple of 16 MiB", () => {
    const budget = allocate([claim("a", 100, { ideal: mib(110) })], { cpus: 1, memory: gib(2) });
    expect(memoryOf(budget, "a")).toBe(100);
  });

  test("must promise at most three times the cpus of the machine", () => {
    const claims = ["a", "b", "c", "d"].map((name) => claim(name, 64, { cpus: 4 }));
    const budget = allocate(claims, { cpus: 4, memory: gib(8) });
    expect([...budget.shares.values()].map(({ cpus }) => cpus)).toEqual([3, 3, 3, 3]);
  });
});

describe("floors that do not fit", () => {
  const claims = [claim("big", 1500), claim("middle", 700), claim("small", 100)];

  function refusal(memory: Bytes, of = claims): PlumblineError {
    try {
      allocate(of, { cpus: 2, memory });
    } catch (error) {
      if (error instanceof PlumblineError) return error;
    }
    throw new Error("it was not refused");
  }

  test("must be refused with what is needed, what there is, and the shortest list to drop", () => {
    const error = refusal(gib(2));
    expect(error).toMatchObject({ code: "BUDGET_IMPOSSIBLE", exitCode: 2, details: { drop: ["big"] } });
    expect(error.what).toBe("The services need at least 2.2 GiB, and 1.3 GiB are available");
    expect(error.why).toBe(
      "2 GiB of memory less 768 MiB for the system; smallest sizes: big 1.5 GiB, middle 700 MiB, small 100 MiB",
    );
    // A virtual machine sees less than it was given, and the profile says what it is given.
    expect(error.fix).toBe("Give the machine 3068 MiB as read inside it, or drop big in the profile (big: false)");
  });

  test("must not be refused with two sizes that read the same", () => {
    const available = mib(2300 - 4);
    expect(refusal(bytes(available + mib(768))).what).toBe(
      "The services need at least 2300 MiB, and 2296 MiB are available",
    );
  });

  test("must fit with the memory that the refusal names, and with no less", () => {
    const needed = /Give the machine (\d+) MiB/.exec(refusal(gib(2)).fix)?.[1];
    expect(() => allocate(claims, { cpus: 2, memory: mib(Number(needed)) })).not.toThrow();
    expect(() => allocate(claims, { cpus: 2, memory: mib(Number(needed) - 1) })).toThrow(PlumblineError);
  });

  test("must not advise to drop every service: a profile needs one", () => {
    const { fix } = refusal(gib(1), [claim("only", 1024)]);
    expect(fix).toMatch(/^Give the machine 1792 MiB as read inside it/);
    expect(fix).not.toContain("drop");
  });

  test("must take what requires a dropped service off the list's reckoning, and name it", () => {
    const dependent = [claim("base", 100), claim("a", 300, { requires: ["base"] }), claim("b", 350)];
    expect(shortestDrop(dependent, mib(340))).toEqual(["b"]);
    expect(shortestDrop(dependent, mib(360))).toEqual(["a", "b"]);
    // "base" alone would free enough, but it takes "a" along: dropping "a" is shorter.
    expect(shortestDrop([claim("base", 500), claim("a", 300, { requires: ["base"] })], mib(200))).toEqual(["a"]);
  });
});

const arbitraryClaims = (most: number) =>
  fc
    .array(
      fc.record({
        floor: fc.integer({ min: 8, max: 1024 }),
        room: fc.integer({ min: 0, max: 8192 }),
        weight: fc.integer({ min: 1, max: 1000 }),
        cpus: fc.double({ min: 0.1, max: 64, noNaN: true }),
        instances: fc.integer({ min: 1, max: 6 }),
        /** Requires the claims before it whose bit is set. */
        requires: fc.nat(),
      }),
      { minLength: 1, maxLength: most },
    )
    .chain((rows) => fc.tuple(fc.constant(rows), fc.boolean()))
    .map(([rows, related]) =>
      rows.map(({ floor, room, requires, ...rest }, index) =>
        claim(`s${index}`, floor, {
          ...rest,
          ideal: mib(floor + room),
          requires: related && index > 0 && requires % 2 === 0 ? [`s${requires % index}`] : [],
        }),
      ),
    );

const arbitraryMachine = fc.record({
  cpus: fc.integer({ min: 1, max: 64 }),
  memory: fc.integer({ min: 2048, max: 256 * 1024 }).map((size) => mib(size)),
});

const floorsOf = (claims: readonly Claim[]) =>
  sum(claims.map(({ needs, instances }) => bytes(needs.floor * instances)));
const reserveOf = (memory: Bytes) => Math.max(768 * MIB, memory * 0.15);

describe("for every machine and every list of claims", () => {
  test("the shares must fit, each between its floor and its ideal, in steps of 16 MiB", () => {
    fc.assert(
      fc.property(arbitraryClaims(12), arbitraryMachine, (claims, machine) => {
        fc.pre(floorsOf(claims) <= machine.memory - reserveOf(machine.memory) - 1);
        const budget = allocate(claims, machine);
        let spent = 0;
        let promised = 0;
        for (const { service, needs, instances } of claims) {
          const share = budget.shares.get(service);
          if (!share) throw new Error(`no share for ${service}`);
          spent += share.memory * instances;
          promised += share.cpus * instances;
          expect(share.memory).toBeGreaterThanOrEqual(needs.floor);
          expect(share.memory).toBeLessThanOrEqual(needs.ideal);
          expect(share.memory === needs.floor || share.memory % GRAIN === 0).toBe(true);
          expect(share.cpus).toBeGreaterThanOrEqual(CPU_GRAIN);
          expect(share.cpus).toBeLessThanOrEqual(machine.cpus);
          expect(Math.abs(share.cpus / CPU_GRAIN - Math.round(share.cpus / CPU_GRAIN))).toBeLessThan(1e-6);
        }
        expect(spent).toBe(budget.spent);
        expect(spent).toBeLessThanOrEqual(budget.available);
        const instances = claims.reduce((total, each) => total + each.instances, 0);
        expect(promised).toBeLessThanOrEqual(3 * machine.cpus + CPU_GRAIN * instances);
        expect(budget.reserve + budget.available).toBeLessThanOrEqual(machine.memory);
      }),
    );
  });

  test("nothing worth a step of each instance must stay unused while a service is below its ideal", () => {
    fc.assert(
      fc.property(arbitraryClaims(8), arbitraryMachine, (claims, machine) => {
        fc.pre(floorsOf(claims) <= machine.memory - reserveOf(machine.memory) - 1);
        const budget = allocate(claims, machine);
        const hungry = claims.filter(
          ({ service, needs }) => (budget.shares.get(service)?.memory ?? 0) + GRAIN < needs.ideal,
        );
        const slack = claims.reduce((total, { instances }) => total + instances * GRAIN, 0);
        if (hungry.length > 0) expect(budget.available - budget.spent).toBeLessThanOrEqual(slack);
      }),
    );
  });

  test("more memory must never give less to any service", () => {
    fc.assert(
      fc.property(arbitraryClaims(12), arbitraryMachine, fc.nat({ max: 64 * 1024 }), (claims, machine, more) => {
        fc.pre(floorsOf(claims) <= machine.memory - reserveOf(machine.memory) - 1);
        const before = allocate(claims, machine).shares;
        const after = allocate(claims, { ...machine, memory: bytes(machine.memory + more * 4096) }).shares;
        for (const [service, { memory }] of before) expect(after.get(service)?.memory).toBeGreaterThanOrEqual(memory);
      }),
    );
  });

  test("they must be refused exactly when the floors do not fit, and the list to drop must make them fit", () => {
    fc.assert(
      fc.property(arbitraryClaims(12), arbitraryMachine, (claims, machine) => {
        const fits = floorsOf(claims) <= Math.floor(machine.memory - Math.floor(reserveOf(machine.memory)));
        if (fits) {
          expect(() => allocate(claims, machine)).not.toThrow();
          return;
        }
        expect(() => allocate(claims, machine)).toThrow(PlumblineError);
        const drop = shortestDrop(claims, bytes(floorsOf(claims) - machine.memory + reserveOf(machine.memory) + 1));
        const left = claims.filter(({ service }) => !drop.includes(service));
        expect(left.every(({ requires }) => requires.every((name) => !drop.includes(name)))).toBe(true);
        expect(() => allocate(left, machine)).not.toThrow();
      }),
    );
  });

  test("no shorter list than the one proposed must exist, whatever requires what", () => {
    fc.assert(
      fc.property(arbitraryClaims(7), fc.double({ min: 0.001, max: 1, noNaN: true }), (claims, part) => {
        const deficit = bytes(Math.max(1, floorsOf(claims) * part));
        expect(shortestDrop(claims, deficit)).toHaveLength(leastToDrop(claims, deficit));
      }),
    );
  });
});

/** The same question answered by looking at every subset. */
function leastToDrop(claims: readonly Claim[], deficit: number): number {
  let least = claims.length;
  for (let subset = 1; subset < 2 ** claims.length; subset += 1) {
    const dropped = claims.filter((_, index) => (subset >> index) % 2 === 1);
    const names = dropped.map(({ service }) => service);
    const closed = claims.every(
      ({ service, requires }) => names.includes(service) || !requires.some((name) => names.includes(name)),
    );
    if (closed && floorsOf(dropped) >= deficit) least = Math.min(least, names.length);
  }
  return least;
}

test("the list must be found at once for forty services", () => {
  const claims = Array.from({ length: 40 }, (_, index) =>
    claim(`s${index}`, 64 + ((index * 37) % 101), index % 3 === 2 ? { requires: [`s${index - 1}`] } : {}),
  );
  expect(shortestDrop(claims, bytes(floorsOf(claims) / 2)).length).toBeGreaterThan(0);
});
