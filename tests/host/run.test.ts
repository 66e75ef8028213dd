import { expect, test } from "vitest";
import { lastLines, runCommand } from "../../stack/host/run.ts";

const timeoutMs = 20_000;

test("a command's output and exit code are an answer, also when it fails", async () => {
  const result = await runCommand(["sh", "-c", "echo out; echo err >&2; exit 3"], { timeoutMs });
  expect(result).toEqual({ ended: "exited", ok: false, exitCode: 3, stdout: "out\n", stderr: "err\n" });
});

test("a command that does not exist is `absent`", async () => {
  expect(await runCommand(["plumbline-no-such-command"], { timeoutMs })).toMatchObject({ ended: "absent", ok: false });
});

test("lines are handed on as they come, and the environment is the one given", async () => {
  const lines: string[] = [];
  const env = { PATH: process.env["PATH"], GREETING: "hello" };
  const line = (text: string) => lines.push(text);
  await runCommand(["sh", "-c", "echo $GREETING; echo ${HOME-none}"], { timeoutMs, env, line });
  expect(lines).toEqual(["hello", "none"]);
});

test("input is given on stdin, and without input there is nothing to wait for", async () => {
  expect((await runCommand(["cat"], { timeoutMs, input: "text" })).stdout).toBe("text");
  expect((await runCommand(["cat"], { timeoutMs })).stdout).toBe("");
});

test("at its deadline a command ends with everything that it started", async () => {
  const result = await runCommand(["sh", "-c", "sleep 300 & echo $!; wait"], { timeoutMs: 500 });
  expect(result).toMatchObject({ ended: "deadline", ok: false, exitCode: -1 });
  expect(isAlive(Number(result.stdout))).toBe(false);
});

test("a command that ignores SIGTERM is killed", async () => {
  const result = await runCommand(["sh", "-c", "trap '' TERM; while :; do sleep 1; done"], { timeoutMs: 300 });
  expect(result.ended).toBe("deadline");
}, 30_000);

test("an interruption ends it as `aborted`", async () => {
  const signal = AbortSignal.timeout(300);
  expect(await runCommand(["sleep", "300"], { timeoutMs, signal })).toMatchObject({ ended: "aborted" });
  expect(await runCommand(["sleep", "300"], { timeoutMs, signal })).toMatchObject({ ended: "aborted" });
});

test("a daemon that keeps the output open does not keep the caller waiting", async () => {
  const result = await runCommand(["sh", "-c", "sleep 30 & echo $!"], { timeoutMs });
  expect(result).toMatchObject({ ended: "exited", exitCode: 0 });
  process.kill(Number(result.stdout));
});

test("the last lines are those with something in them", () => {
  expect(lastLines("a\n\nb\r\n  \nc\n", 2)).toEqual(["b", "c"]);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
