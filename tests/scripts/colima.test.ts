/** The command line where machines vanish, and change by hand. */
import { existsSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { errorDocument, planDocument, statusDocument } from "../../stack/report/documents/documents.ts";
import { TIMEOUT_MS, computer } from "../support/colima/computer.ts";
import { containing } from "../support/colima/scene.ts";
import { DockerServer } from "../support/fakes/docker-server.ts";

describe("what a machine has left", { timeout: TIMEOUT_MS }, () => {
  test("goes with destroy after a first creation that failed, whose error says how a company's network is passed", async () => {
    const { by, colima, machine } = await computer();
    colima.inject({ kind: "image-download" });
    const failed = await by("up", "--profile", "minimal", "--no-bench", "--no-provision", "--yes");
    const { error } = errorDocument.parse(failed.document);
    expect(error).toMatchObject({ code: "MACHINE_FAILED" });
    expect(error.fix).toContain("HTTPS_PROXY");
    expect(colima.state(machine)).toMatchObject({ diskBytes: 20 * 2 ** 30, desired: { cpu: 2 } });
    expect(await by("destroy", "--machine", "--yes")).toMatchObject({
      exitCode: 0,
      document: { machineDeleted: true },
    });
    expect(colima.state(machine)).toMatchObject({ diskBytes: undefined, desired: undefined, store: undefined });
  });

  test("is data where it was deleted by hand: destroy names its disk, and asks for --machine", async () => {
    const { by, colima, machine, made } = await computer();
    await made();
    await colima.run(["stop", machine]);
    await colima.run(["delete", "--force", machine]);
    const refused = errorDocument.parse((await by("destroy", "--yes")).document);
    expect(refused.error).toMatchObject({ code: "STACK_DOWN" });
    expect(refused.error.why).toContain("its data disk is left");
    expect((await by("destroy", "--machine")).document).toMatchObject({
      error: {
        code: "NEEDS_CONFIRMATION",
        what: containing("the data disk that its deleted machine left"),
      },
    });
    expect(await by("destroy", "--machine", "--yes")).toMatchObject({
      exitCode: 0,
      document: { machineDeleted: true },
    });
    expect(colima.state(machine).diskBytes).toBeUndefined();
  });
});

describe("a machine that was resized by hand", { timeout: TIMEOUT_MS }, () => {
  test("is what verify tells first, although its stop has ended every container, and how to keep it", async () => {
    const { by, colima, engine, machine, made, broughtUp, stack } = await computer();
    await made();
    await broughtUp("colima");
    engine.containers = [{ id: "a1", stack, service: "postgres" }];
    await colima.run(["stop", machine]);
    await colima.run(["start", machine, "--cpu", "3", "--memory", "3"]);
    const { exitCode, document } = await by("verify", "--no-bench");
    const { error } = errorDocument.parse(document);
    expect([exitCode, error.code]).toEqual([4, "NOT_CONVERGED"]);
    expect(error.why).toMatch(/^resize machine from 3 cpus, 3 GiB, .*it has 3 cpus inside, the profile wants 2/m);
    expect(error.fix).toContain("machine: {cpus: 3, memory: 3 GiB, disk: 20 GiB}");
    expect(error.fix).toContain("profiles/minimal.yaml");
  });

  test("that has its old size is a stack that is down", async () => {
    const { by, engine, made, broughtUp, stack } = await computer();
    await made();
    await broughtUp("colima");
    engine.containers = [{ id: "a1", stack, service: "postgres" }];
    const { error } = errorDocument.parse((await by("verify", "--no-bench")).document);
    expect(error.code).toBe("STACK_DOWN");
  });
});

describe("a machine that is stopped", { timeout: TIMEOUT_MS }, () => {
  test("may hold containers and images: status does not say that there are none, and plan starts it first", async () => {
    const { by, colima, machine, made } = await computer();
    await made();
    await colima.run(["stop", machine]);
    const status = statusDocument.parse((await by("status", "--profile", "minimal")).document);
    const states = status.services.flatMap(({ instances }) => instances.map(({ state }) => state));
    expect([status.state, ...new Set(states)]).toEqual(["down", "machine stopped"]);
    const { actions } = planDocument.parse((await by("plan", "minimal")).document);
    expect(actions).toMatchObject([{ action: "start-machine" }]);
  });
});

describe("a stack that was brought up in Colima", { timeout: TIMEOUT_MS }, () => {
  test("is looked for there by commands without --runtime, also where another engine answers first", async () => {
    const other = await DockerServer.create();
    onTestFinished(() => other.remove());
    const { start, made, broughtUp, colima, machine } = await computer({ DOCKER_HOST: other.address });
    await made();
    await colima.run(["stop", machine]);
    await broughtUp("colima");
    const { stdout } = await start("status");
    expect(statusDocument.parse(JSON.parse(stdout))).toMatchObject({
      runtime: "colima",
      reason: "the machine is stopped",
    });
    expect(other.asked).toBe(false);
  });

  test("names the runtime in the commands that it advises, if it was given one", async () => {
    const { by, stack } = await computer();
    const { error } = errorDocument.parse((await by("verify", "--profile", "minimal")).document);
    expect(error.fix).toContain(`npm run up -- --stack ${stack} --runtime colima`);
  });

  test("is said to be remembered by commands that do not find Colima any more, with the way to look elsewhere", async () => {
    const other = await DockerServer.create();
    onTestFinished(() => other.remove());
    const { start, broughtUp } = await computer({ DOCKER_HOST: other.address, PATH: withoutColima() });
    await broughtUp("colima");
    const verified = errorDocument.parse(JSON.parse((await start("verify")).stdout));
    expect(verified.error.code).toBe("NO_RUNTIME");
    expect(verified.error.why).toContain("was brought up in colima, and is looked for nowhere else");
    expect(verified.error.fix).toContain("--runtime auto");
    const status = statusDocument.parse(JSON.parse((await start("status")).stdout));
    expect(status.reason).toContain("was brought up in colima");
    const plan = planDocument.parse(JSON.parse((await start("plan")).stdout));
    expect(plan.engine).toBe(other.address);
    expect(plan.notes).toContainEqual(
      containing("which is gone (colima is not installed): engine is used from now on"),
    );
  });
});

/** The PATH of this process, without folders in which a Colima is installed. */
function withoutColima(): string {
  const folders = (process.env["PATH"] ?? "").split(":");
  return folders.filter((folder) => !existsSync(`${folder}/colima`)).join(":");
}
