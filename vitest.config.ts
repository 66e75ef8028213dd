import { defineConfig } from "vitest/config";

/** Tests that start programs: whole commands, Colima's stand-in, children of this process. */
const PROCESSES = [
  "tests/scripts/**/*.test.ts",
  "tests/host/**/*.test.ts",
  "tests/runtimes/colima/**/*.test.ts",
  "tests/support/**/*.test.ts",
  "tests/services/redis/persistence/converting.test.ts",
  "tests/services/redis/persistence/start.test.ts",
];
const SIMULATIONS = ["tests/**/*-simulation.test.ts"];
const LIVE = ["tests/live/**/*.test.ts"];
/** Live tests that measure, that look at all of the engine, or that take images away: nothing else runs beside them. */
const ALONE = [
  "tests/live/*.test.ts",
  "tests/live/official/**/*.test.ts",
  "tests/live/services/{counters,worst-case}.test.ts",
  "tests/live/switch/guard-and-watch.test.ts",
  "tests/live/up/{direct-routing,disk-full,engine-gone,resized}.test.ts",
];
const live = { globalSetup: "tests/support/live/setup.ts", testTimeout: 120_000, hookTimeout: 300_000 };

/** Where `.ci/run` wants the totals; without it only the terminal is written to. */
const report = process.env["PLUMBLINE_TEST_REPORT"];

export default defineConfig({
  test: {
    passWithNoTests: false,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    projects: [
      {
        test: {
          name: "unit",
          include: ["tests/**/*.test.ts"],
          exclude: [...PROCESSES, ...SIMULATIONS, ...LIVE],
          sequence: { groupOrder: 0 },
          // No test changes what another file sees: no mocks, and an environment goes to processes of their own. One
          // loading of the modules for all files of a worker is 40 % less time for the whole.
          isolate: false,
          // Vitest leaves one core to itself; some of these tests wait for sockets and timers.
          maxWorkers: 3,
          // Against a hang, and not a promise of speed: a simulation of seconds takes many on a machine that is busy.
          testTimeout: 60_000,
        },
      },
      {
        // They mostly wait for what they have started, up to the deadlines of the product: more at once than there are cores.
        test: {
          name: "processes",
          include: PROCESSES,
          sequence: { groupOrder: 1 },
          isolate: false,
          maxWorkers: 5,
          testTimeout: 60_000,
        },
      },
      {
        // Thousands of judged runs: a minute of arithmetic that the unit tests are not to wait for.
        test: {
          name: "simulation",
          include: SIMULATIONS,
          sequence: { groupOrder: 2 },
          testTimeout: 240_000,
        },
      },
      {
        // Each has a stack or servers of its own, and mostly waits for them. After all others are done.
        test: { ...live, name: "live", include: LIVE, exclude: ALONE, maxWorkers: 2, sequence: { groupOrder: 3 } },
      },
      {
        test: {
          ...live,
          name: "alone",
          include: ALONE,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
