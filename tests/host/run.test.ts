import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { launchDetached } from "../../stack/host/captured.ts";
import { followCommand } from "../../stack/host/streamed.ts";
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

test("the environment is the one given to the last variable, whatever its name, and no shell adds to it", async () => {
  const env = { PATH: process.env["PATH"], "npm_config_a-b": "1 'two' $three\n4" };
  for (const line of [undefined, () => {}]) {
    const argv = [process.execPath, "-p", "JSON.stringify(process.env)"];
    const { stdout } = await runCommand(argv, { timeoutMs, env, ...(line ? { line } : {}) });
    expect(JSON.parse(stdout)).toEqual(env);
  }
});

test("arguments arrive as they are: nothing of them is read by a shell", async () => {
  const args = ["$HOME", "a b", "it's", '"', "", "*", "a\nb", "--", "\\"];
  const { stdout } = await runCommand(
    [process.execPath, "-p", "JSON.stringify(process.argv.slice(1))", "--", ...args],
    {
      timeoutMs,
    },
  );
  expect(JSON.parse(stdout)).toEqual(args);
});

test("input that a command does not read does no harm", async () => {
  expect(await runCommand(["true"], { timeoutMs, input: "x".repeat(1_000_000) })).toMatchObject({ ok: true });
});

test("a command that is killed is `signalled`, and one that writes without end is ended", async () => {
  expect(await runCommand(["sh", "-c", "kill -9 $$"], { timeoutMs })).toMatchObject({ ended: "signalled", ok: false });
  expect(await runCommand(["yes"], { timeoutMs })).toMatchObject({ ended: "signalled", ok: false });
});

test("characters that are cut in two between pieces of output are put together", async () => {
  const { stdout } = await runCommand(["sh", "-c", "printf '\\303'; sleep 0.2; printf '\\244'"], { timeoutMs });
  expect(stdout).toBe("ä");
});

test("a command that is followed hands its output on, and ends with its group when the signal comes", async () => {
  const stop = new AbortController();
  const [output, errors] = [new PassThrough(), new PassThrough().setEncoding("utf8")];
  let pid = 0;
  output.once("data", (chunk: Buffer) => {
    pid = Number(chunk);
    stop.abort();
  });
  const argv = ["sh", "-c", "echo careful >&2; echo $$; exec sleep 300"];
  const ended = await followCommand(argv, { output, errors, signal: stop.signal, endWith: "SIGINT" });
  expect(ended).toEqual({ ended: "aborted", exitCode: -1 });
  expect(errors.read()).toBe("careful\n");
  expect(pid).toBeGreaterThan(0);
  expect(isAlive(pid)).toBe(false);
});

test("a process that is launched writes into its log, and is not waited for", async () => {
  const folder = await mkdtemp(join(tmpdir(), "plumbline-run-"));
  try {
    const log = join(folder, "below", "log");
    const pid = await launchDetached(["sh", "-c", "echo ready; echo bad >&2; sleep 30"], log, process.env);
    await expect.poll(() => readFile(log, "utf8")).toBe("ready\nbad\n");
    if (pid === undefined) throw new Error("it has no process id");
    process.kill(-pid);
    await sleep(50);
    expect(await launchDetached(["plumbline-no-such-command"], log, process.env)).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the last lines are those with something in them", () => {
  expect(lastLines("a\n\nb\r\n  \nc\n", 2)).toEqual(["b", "c"]);
});

test("the last lines are cut where they have no end", () => {
  expect(lastLines(`a\n${"x".repeat(100_000)}\n`, 2)).toEqual(["a", `${"x".repeat(2000)} … cut after 2000 characters`]);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
