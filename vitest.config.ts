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
        test: {
          name: "live",
          include: LIVE,
          globalSetup: "tests/support/live/setup.ts",
          // Live tests share one Docker engine and measure it: one file at a time, after all others are done.
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
