/** A Colima that is a fake, with the real engine inside: changed by hand, too small, or not what it says. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { realHost } from "../../../stack/host/host.ts";
import { engineAddresses } from "../../../stack/docker/address.ts";
import { FakeColima } from "../../support/fake-colima/fake.ts";
import { failureOf, startCli, successOf } from "../../support/live/cli.ts";
import { sql } from "../../support/live/clients.ts";
import { SMALL } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

const [found] = await engineAddresses(realHost());

await describeStack("a stack in a Colima machine", () => {
  let colima: FakeColima;
  let stack: Stack;
  let machine: string;
  const kept = () => sql(stack, "select value from kept", { database: "app" });
  const up = () => stack.run(["--no-bench", "--runtime", "colima", "--yes"]);
  const verify = () => {
    const args = ["--stack", stack.name, "--profile", stack.profile, "--runtime", "colima", "--no-bench", "--json"];
    return startCli("verify", args, colima.env).ended;
  };
  const resizeByHand = async (...flags: readonly string[]) => {
    expect(await colima.run(["stop", machine])).toMatchObject({ code: 0 });
    expect(await colima.run(["start", machine, ...flags])).toMatchObject({ code: 0 });
  };

  beforeAll(async () => {
    const engineSocket = found?.address.replace(/^unix:\/\//, "");
    colima = await FakeColima.create(engineSocket === undefined ? {} : { engineSocket });
    stack = await makeStack(SMALL, { env: colima.env });
    machine = `plumbline-${stack.name}`;
    await colima.holds(`plumbline-${stack.name}`); // a stop of the machine ends its containers
    expect(successOf(await up())).toMatchObject({ runtime: "colima", machine: { cpus: 2 } });
    await sql(stack, "create table kept as select 'still here' as value", { database: "app" });
  });
  afterAll(async () => {
    await stack.close();
    await colima.remove();
  });

  test("that has more memory than its profile wants is told by verify, and by up put back, with every datum", async () => {
    await resizeByHand("--memory", "3");
    const ended = await verify();
    expect(ended.exitCode).toBe(4);
    expect(failureOf(ended).details["differences"]).toContainEqual(
      expect.stringMatching(/^resize machine from 2 cpus, 3 GiB, .* to 2 cpus, 2 GiB, .*: it has 2\.9 GiB .* inside/),
    );
    expect(failureOf(ended).fix).toContain("machine: {cpus: 2, memory: 3 GiB, ");
    expect(successOf(await up()).plan.map(({ action }) => action)).toContain("resize-machine");
    expect((await verify()).exitCode).toBe(0);
    expect(await kept()).toEqual([{ value: "still here" }]);
  });

  test("with fewer cpus is told what it was sized for and what follows; up gives them back", async () => {
    await resizeByHand("--cpu", "1");
    const { differences } = z.object({ differences: z.array(z.string()) }).parse(failureOf(await verify()).details);
    expect(differences[0]).toMatch(/sized for 2 cpus and .*, and has 1 cpus and .* now/);
    expect(differences).toContainEqual(expect.stringMatching(/none of its containers runs: the stop of a machine/));
    successOf(await up());
    expect((await verify()).exitCode).toBe(0);
  });

  test("that is too small for its services is told as that, with what to run", async () => {
    await resizeByHand("--memory", "1");
    const ended = await verify();
    expect(failureOf(ended)).toMatchObject({ code: "NOT_CONVERGED", exitCode: 4 });
    expect(failureOf(ended).why).toMatch(/sized for 2 cpus and .* where the services do not fit: .* need at least/);
    expect(failureOf(ended).why).toMatch(/^resize machine from 2 cpus, 1 GiB/m);
    expect(failureOf(ended).fix).toContain("npm run up");
    successOf(await up());
    expect(await kept()).toEqual([{ value: "still here" }]);
  });

  test("that lies about its cpus is found out by verify and by up, which say how to mend it", async () => {
    colima.inject({ kind: "lies", cpus: 1 }, "always");
    await resizeByHand();
    const seen = failureOf(await verify());
    expect(seen).toMatchObject({ code: "NOT_CONVERGED", exitCode: 4 });
    expect(seen.why).toContain("it has 1 cpus inside although it is configured with 2, the profile wants 2");
    const failed = failureOf(await up());
    expect(failed).toMatchObject({ code: "NOT_CONVERGED", exitCode: 4 });
    expect(failed.why).toContain("cpus: asked 2, is 1");
    expect(failed.fix).toContain(`colima stop --force ${machine}`);
  });
});
