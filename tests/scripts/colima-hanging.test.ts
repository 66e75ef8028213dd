/** The command line where the guest of a machine hangs. */
import { describe, expect, test } from "vitest";
import { doctorDocument, statusDocument } from "../../stack/report/documents/documents.ts";
import { TIMEOUT_MS, computer, hanging } from "../support/colima/computer.ts";

const durationOf = async <Result>(work: Promise<Result>) => {
  const startedAt = performance.now();
  return { result: await work, durationMs: performance.now() - startedAt };
};

/** Colima alone is given 30 s to list its machines. */
const SOON_MS = 20_000;

/** What a command says of a guest that hangs, and how much longer it takes than with one that answers. */
async function whileHanging(command: string) {
  const { by, made, hang } = await computer();
  await made();
  const before = await durationOf(by(command, "--profile", "minimal"));
  hang();
  const { result, durationMs } = await durationOf(by(command, "--profile", "minimal"));
  return { ...result, extraMs: durationMs - before.durationMs };
}

describe("a guest that hangs", { timeout: TIMEOUT_MS }, () => {
  test("leaves the status unknown, soon, and says that it is the guest", async () => {
    const { exitCode, document, extraMs } = await whileHanging("status");
    const status = statusDocument.parse(document);
    expect([exitCode, status.state]).toEqual([1, "unknown"]);
    expect(status.reason).toContain("its guest does not answer");
    expect(extraMs).toBeLessThan(SOON_MS);
  });

  test("is told by doctor, soon, with what could not be asked", async () => {
    const { document, extraMs } = await whileHanging("doctor");
    const { checks } = doctorDocument.parse(document);
    const [engine] = checks.filter(({ check }) => check === "engine");
    expect(engine?.status).toBe("warning");
    expect(engine?.found).toMatch(/could not be asked.*containers/);
    expect(extraMs).toBeLessThan(SOON_MS);
  });

  test("is stopped by down, and deleted by destroy", async () => {
    const { by, colima, machine } = await hanging();
    const { result, durationMs } = await durationOf(by("down", "--machine"));
    expect(result).toMatchObject({ exitCode: 0, document: { machineStopped: true } });
    expect(durationMs).toBeLessThan(60_000); // Colima's own stop is given two minutes
    expect(await by("destroy", "--machine", "--yes")).toMatchObject({
      exitCode: 0,
      document: { machineDeleted: true },
    });
    expect(colima.state(machine)).toMatchObject({ vm: undefined, diskBytes: undefined });
  });
});
