/** What a running stack is guarded by: `switch --guard`, and `verify --watch`. */
import { rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { loadBaselines } from "../../../stack/records/files.ts";
import { BASELINES_FOLDER } from "../../../stack/measure/measure.ts";
import { watchDocument } from "../../../stack/report/documents/documents.ts";
import { failureOf, startCli, successOf } from "../../support/live/cli.ts";
import { redisCommand } from "../../support/live/clients.ts";
import { REDIS_ONLY } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

/** Enough to starve a server of a container with two cpus at most; they end with the container, or by the test. */
const HOGS = 6;
const HOG = "while :; do :; done";
const TRIES = 3;
const slow = { timeout: 300_000 };
const PutBack = z.object({ putBack: z.object({ profile: z.string(), left: z.array(z.string()) }) });

await describeStack("a stack that is guarded", () => {
  let stack: Stack;
  let larger: string;
  const cli = (command: string, ...args: readonly string[]) => startCli(command, [...args, "--stack", stack.name]);
  const switchTo = (profile: string, ...args: readonly string[]) =>
    cli("switch", profile, "--json", "--yes", ...args).ended;
  /** On a noisy machine a verdict may be open, or see what was there: a few tries, each from the smaller profile. */
  const guarded = async (wanted: number) => {
    for (let left = TRIES; ; left -= 1) {
      const ended = await switchTo(larger, "--guard");
      if (ended.exitCode === wanted || left === 1) return ended;
      await switchTo(stack.profile, "--no-bench");
    }
  };
  const isThisProfile = ({ profile }: { readonly profile?: string }) => profile === basename(larger, ".yaml");
  const forgetBaseline = async () => {
    for (const baseline of await loadBaselines(BASELINES_FOLDER)) {
      if (baseline.kind === "recorded" && isThisProfile(baseline))
        await rm(join(BASELINES_FOLDER, `${baseline.name}.json`));
    }
  };

  beforeAll(async () => {
    stack = await makeStack(REDIS_ONLY);
    larger = join(dirname(stack.profile), `guarded-${process.pid}.yaml`);
    await writeFile(larger, REDIS_ONLY.replace("clients: 5", "clients: 40").replace("budget: 3 s", "budget: 30 s"));
    await stack.up();
    await redisCommand(stack, ["SET", "kept", "still here"]);
    successOf(await switchTo(larger, "--no-bench"));
    const recorded = await cli("baseline", "record", "--profile", larger, "--json", "--duration", "8", "--anyway")
      .ended;
    expect(recorded).toMatchObject({ exitCode: 0 });
    successOf(await switchTo(stack.profile, "--no-bench"));
  });
  afterAll(async () => {
    await forgetBaseline();
    await stack.close();
  });

  test(
    "must go back from a profile in which it is measured below its baseline, and say what is slower",
    slow,
    async () => {
      const container = stack.container("redis-1");
      const hogs = await container.exec({
        Cmd: ["sh", "-c", `for hog in $(seq ${HOGS}); do (${HOG}) & done; wait`],
      });
      await hogs.start({ Detach: true });
      const before = await stack.seen();
      const ended = await guarded(3);
      const failed = failureOf(ended);
      expect(failed).toMatchObject({ code: "BELOW_BASELINE", exitCode: 3 });
      expect(ended.exitCode).toBe(3);
      expect(failed.why).toMatch(/redis\/\S+: .*own load: other load inside redis-1/);
      expect(PutBack.parse(failed.details).putBack).toMatchObject({ profile: stack.profile, left: [] });
      expect((await stack.up()).plan).toEqual([]);
      expect(await redisCommand(stack, ["GET", "kept"])).toBe("still here");
      expect(await stack.seen(), "neither way restarts Redis").toEqual(before);
    },
  );

  test("must keep a profile in which it meets its baseline", slow, async () => {
    await stack.container("redis-1").restart(); // which ends the hogs
    await stack.up();
    const { plan } = successOf(await guarded(0));
    expect(plan).not.toEqual([]);
    expect((await stack.run(["--no-bench", "--profile", larger])).exitCode).toBe(0);
    successOf(await switchTo(stack.profile, "--no-bench"));
  });

  test("must be told of drift as it appears and as it goes, and end with what differs", async () => {
    const watch = cli("verify", "--profile", stack.profile, "--watch", "--interval", "1", "--json");
    await redisCommand(stack, ["CONFIG", "SET", "appendfsync", "always"]);
    await watch.says(/^\S+ \+ .*appendfsync/m);
    await redisCommand(stack, ["CONFIG", "SET", "appendfsync", "everysec"]);
    await watch.says(/^\S+ - .*appendfsync/m);
    await stack.container("redis-1").update({ NanoCpus: 5e8 });
    await watch.says(/^\S+ \+ .*redis-1.*0\.5 cpus/m);
    watch.signal("SIGINT");
    const { exitCode, stdout } = await watch.ended;
    const { drifts, differences } = watchDocument.parse(JSON.parse(stdout));
    expect(exitCode).toBe(4);
    expect(drifts).toHaveLength(3);
    expect(differences.join("\n")).toMatch(/redis-1.*0\.5 cpus/);
    await stack.up();
  });
});
