/** `bench --full` beside data of the user: not a byte of it changes, and nothing of the benchmarks' stays. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { benchDocument } from "../../stack/report/documents/measurement.ts";
import { startCli, type Running } from "../support/live/cli.ts";
import { passwordIds, passwordOf } from "../support/live/clients.ts";
import { canSeeProcesses, watchCommandLines } from "../support/live/processes.ts";
import { describeStack, makeStack, type Stack } from "../support/live/stack.ts";
import { until } from "../support/live/until.ts";
import { digest, leftovers, plant, spoil } from "../support/live/user-data.ts";

const EVERY_SERVICE = `
extends: dev
description: every service
`;
const TEST_DEADLINE_MS = 300_000;
/** Of a run of one service: its tools run in the last half of it. */
const TOOLS_S = "60";

await describeStack("the benchmarks and the data of a user", () => {
  let stack: Stack;
  let before: Awaited<ReturnType<typeof digest>>;

  beforeAll(async () => {
    stack = await makeStack(EVERY_SERVICE);
    await stack.up();
    await plant(stack);
    before = await digest(stack);
  });
  afterAll(() => stack.close());

  const bench = (...args: readonly string[]): Running =>
    startCli("bench", ["--stack", stack.name, "--profile", stack.profile, "--json", ...args]);
  const runsIn = async (instance: string, tool: string): Promise<boolean> => {
    const listed: unknown = await stack.container(instance).top();
    return JSON.stringify(listed).includes(tool);
  };

  /** The stack's passwords that stand in these texts; the tools' command lines are among them. */
  const passwordsIn = async (texts: readonly string[]): Promise<readonly string[]> => {
    const names = await passwordIds(stack);
    const secrets = await Promise.all(names.map((name) => passwordOf(stack, name)));
    return secrets.filter((secret) => texts.some((text) => text.includes(secret)));
  };

  test("of which the digest is the same as long as nobody touches them", async () => {
    expect(await digest(stack)).toEqual(before);
    expect(await leftovers(stack)).toEqual([]);
  });

  test(
    "must not meet in a run of every scenario: every byte as before, and no table, key, user or queue left",
    async () => {
      const { stdout } = await bench("--full", "--duration", "70").ended;
      const { scenarios } = benchDocument.parse(JSON.parse(stdout)).results.run;
      // A busy machine has no time for some of the 49, and for none of the services has it no time at all.
      expect(scenarios.length).toBeGreaterThan(15);
      expect(new Set(scenarios.map(({ name }) => name.split("/")[0])).size).toBe(5);
      expect(scenarios.filter(({ status }) => status === "failed")).toEqual([]);
      expect(await digest(stack)).toEqual(before);
      expect(await leftovers(stack)).toEqual([]);
    },
    TEST_DEADLINE_MS,
  );

  test.each([
    ["postgres", "pgbench"],
    ["redis-1", "redis-benchmark"],
  ])(
    "must not meet in a run that is killed while %s has %s, nor in the next, which removes what the first left",
    async (instance, tool) => {
      const service = instance.replace(/-\d$/, "");
      const killed = bench(service, "--full", "--duration", TOOLS_S);
      const started = killed.reaches(`${tool} runs`, () => runsIn(instance, tool));
      if (canSeeProcesses) {
        const { seen } = await watchCommandLines(started);
        expect(await passwordsIn([...seen])).toEqual([]);
      }
      await started;
      killed.signal("SIGKILL");
      expect((await killed.ended).exitCode).toBe(137);
      await until(`${tool} has ended with its caller`, async () => !(await runsIn(instance, tool)));
      expect(await leftovers(stack), "killed in the middle, it must have left something").not.toEqual([]);
      expect(await digest(stack)).toEqual(before);

      const next = await bench(service, "--duration", "8").ended;
      expect(benchDocument.parse(JSON.parse(next.stdout)).ok).toBe(true);
      expect(await leftovers(stack)).toEqual([]);
      expect(await digest(stack)).toEqual(before);
    },
    TEST_DEADLINE_MS,
  );

  test(
    "must not meet in a run that is interrupted while a tool runs, which ends with it",
    async () => {
      const run = bench("redis", "--full", "--duration", TOOLS_S);
      await run.reaches("redis-benchmark runs", () => runsIn("redis-1", "redis-benchmark"));
      run.signal("SIGINT");
      expect((await run.ended).exitCode).toBe(130);
      await until("redis-benchmark has ended", async () => !(await runsIn("redis-1", "redis-benchmark")));
      expect(await leftovers(stack)).toEqual([]);
      expect(await digest(stack)).toEqual(before);
    },
    TEST_DEADLINE_MS,
  );

  test("of which the digest tells where one thing was touched, and so the tests above could have failed", async () => {
    const places = await spoil(stack);
    const after = await digest(stack);
    const touched = Object.keys(before).filter((place) => after[place] !== before[place]);
    expect(touched.toSorted()).toEqual(places);
  });
});
