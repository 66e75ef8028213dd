/** `bench:fidelity` as a whole, on a stack of one server. */
import { expect, test } from "vitest";
import { z } from "zod";
import { startCli } from "../support/live/cli.ts";
import { REDIS_ONLY } from "../support/live/profiles.ts";
import { describeStack, makeStack } from "../support/live/stack.ts";

const sample = z.object({ throughput: z.number().positive(), p95Ms: z.number().positive() });
const document = z.object({
  holds: z.boolean(),
  rows: z.array(
    z.object({
      name: z.string(),
      tool: z.string(),
      clients: z.number(),
      outcome: z.enum(["agrees", "client limited", "differs"]),
      samples: z.object({ ours: z.array(sample), theirs: z.array(sample) }),
    }),
  ),
});

const EXPERIMENT = "tests/experiments/fidelity.ts";

await describeStack("the load engine beside the server's own tool", () => {
  test("is compared in each row by both sides, says whether it holds, and leaves nothing", async () => {
    const { profile, docker } = await makeStack(REDIS_ONLY);
    const stack = `fidelity-${process.pid}`;
    const length = ["--rounds", "1", "--seconds", "1", "--only", "servers"];
    const flags = ["--stack", stack, "--profile", profile, "--json", ...length];
    const { exitCode, stdout } = await startCli(EXPERIMENT, flags).ended;
    const { rows, holds } = document.parse(JSON.parse(stdout));
    expect(rows.map(({ name, tool, clients }) => `${name} ${tool} ${clients}`)).toEqual([
      "redis/get-hit redis-benchmark 1",
      "redis/get-hit redis-benchmark 50",
      "redis/set redis-benchmark 1",
      "redis/set redis-benchmark 50",
    ]);
    for (const { samples } of rows) expect([samples.ours.length, samples.theirs.length]).toEqual([1, 1]);
    expect(holds).toBe(rows.every(({ outcome }) => outcome !== "differs"));
    expect(exitCode).toBe(holds ? 0 : 1);
    const filters = { label: [`com.docker.compose.project=plumbline-${stack}`] };
    expect(await docker.listContainers({ all: true, filters })).toEqual([]);
    expect((await docker.listVolumes({ filters })).Volumes).toEqual([]);
  });

  test("refuses a stack that somebody may work with, because it is destroyed", async () => {
    const { exitCode, stdout } = await startCli(EXPERIMENT, ["--stack", "mine", "--json"]).ended;
    expect(exitCode).toBe(2);
    expect(stdout).toContain("WRONG_USAGE");
  });
});
