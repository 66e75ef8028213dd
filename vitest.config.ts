import { defineConfig } from "vitest/config";

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
          exclude: ["tests/live/**", "tests/**/*-simulation.test.ts"],
          sequence: { groupOrder: 0 },
          // No test changes what another file sees: no mocks, and an environment goes to processes of their own. One
          // loading of the modules for all files of a worker is 40 % less time for the whole.
          isolate: false,
          // Vitest leaves one core to itself; many of these tests wait for processes of their own.
          maxWorkers: 3,
          // Against a hang, and not a promise of speed: a simulation of seconds takes many on a machine that is busy.
          testTimeout: 60_000,
        },
      },
      {
        // Thousands of judged runs: a minute of arithmetic that the unit tests are not to wait for.
        test: {
          name: "simulation",
          include: ["tests/**/*-simulation.test.ts"],
          sequence: { groupOrder: 1 },
          testTimeout: 240_000,
        },
      },
      {
        test: {
          name: "live",
          include: ["tests/live/**/*.test.ts"],
          globalSetup: "tests/support/live/setup.ts",
          // Live tests share one Docker engine and measure it: one file at a time, after the unit tests are done.
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
