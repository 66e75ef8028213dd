/** The Docker engine of live tests: what is missing, commands in containers, and cleaning up after killed runs. */
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import type { ExecOptions, ExecResult } from "../../../stack/core/machine/exec.ts";

export const docker = new Docker();

/** Every container, volume and network of a live test has this label, with the process id of the test as its value. */
export const LABEL = "plumbline.live-test";

const PING_DEADLINE_MS = 5_000;
const EXEC_DEADLINE_MS = 60_000;

/** The engine multiplexes output in frames: one byte of stream, three of nothing, four of length. */
const FRAME_HEADER_BYTES = 8;

/** The newest image of a recipe, whichever way it was made: "plumbline…/postgres:…". Undefined where there is none. */
export async function findImage(recipe: string): Promise<string | undefined> {
  const images = await within(PING_DEADLINE_MS, "listing images", docker.listImages());
  const named = images.flatMap(({ RepoTags, Created }) => (RepoTags ?? []).map((tag) => ({ tag, Created })));
  return named
    .filter(({ tag }) => new RegExp(`^plumbline[^/]*/${recipe}:`).test(tag))
    .toSorted((a, b) => b.Created - a.Created)[0]?.tag;
}

/** Why live tests cannot run here; undefined when an engine answers. */
export async function whyNoEngine(): Promise<string | undefined> {
  try {
    await within(PING_DEADLINE_MS, "ping", docker.ping());
    return undefined;
  } catch (error) {
    return `no Docker engine answers: ${String(error)}`;
  }
}

/** Runs a command in a container. Rejects when it exits non-zero or takes longer than its deadline. */
export async function execIn(
  container: Docker.Container,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const hasInput = options.stdin !== undefined;
  const exec = await container.exec({
    Cmd: [...argv],
    AttachStdin: hasInput,
    AttachStdout: true,
    AttachStderr: true,
    ...(options.user === undefined ? {} : { User: options.user }),
  });
  const stream = await exec.start({ hijack: true, stdin: hasInput });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, stdout, stderr);
  const output = Promise.all([text(stdout), text(stderr)]);
  const ended = new Promise<void>((resolve, reject) => stream.on("end", resolve).on("error", reject));
  if (hasInput) stream.end(options.stdin);
  await within(options.timeoutMs ?? EXEC_DEADLINE_MS, argv.join(" "), ended);
  stdout.end();
  stderr.end();
  const [out, err] = await output;
  const exitCode = (await exec.inspect()).ExitCode ?? -1;
  if (exitCode !== 0) throw new Error(`${argv[0]} exited with ${exitCode}: ${err || out}`);
  return { exitCode, stdout: out, stderr: err };
}

/** The last lines of a container's output, both streams in order. */
export async function logsOf(container: Docker.Container, lines: number): Promise<string> {
  let frames = await container.logs({ stdout: true, stderr: true, tail: lines });
  const output: Buffer[] = [];
  while (frames.length >= FRAME_HEADER_BYTES) {
    const end = FRAME_HEADER_BYTES + frames.readUInt32BE(FRAME_HEADER_BYTES - 4);
    output.push(frames.subarray(FRAME_HEADER_BYTES, end));
    frames = frames.subarray(end);
  }
  return Buffer.concat(output).toString("utf8");
}

/** Removes what tests left whose process is gone. Leaves alone what a running test uses. */
export async function removeLeftovers(): Promise<void> {
  const isGone = ({ Labels }: { Labels?: Readonly<Record<string, string>> | undefined }) =>
    !isAlive(Number(Labels?.[LABEL]));
  const filters = { label: [LABEL] };
  const containers = await docker.listContainers({ all: true, filters });
  for (const { Id } of containers.filter(isGone))
    await quietly(docker.getContainer(Id).remove({ force: true, v: true }));
  const { Volumes } = await docker.listVolumes({ filters });
  for (const { Name } of Volumes.filter(isGone)) await quietly(docker.getVolume(Name).remove());
  const networks = await docker.listNetworks({ filters });
  for (const { Id } of networks.filter(isGone)) await quietly(docker.getNetwork(Id).remove());
}

/** Rejects with `what` when the promise is not settled in time. */
export async function within<T>(deadlineMs: number, what: string, promise: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = sleep(deadlineMs, undefined, { signal: stop.signal, ref: false }).then(() => {
    throw new Error(`${what} took longer than ${deadlineMs} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function quietly(removal: Promise<unknown>): Promise<void> {
  await removal.catch(() => undefined); // Two tests may clean up at once; what is gone already needs no removal.
}

/** Returns what makes a container another one of the same name, image, command and labels. */
export function definedAs({ Name, Config }: Docker.ContainerInspectInfo): Docker.ContainerCreateOptions {
  const { Image, Cmd, Env, Labels, ExposedPorts } = Config;
  return { name: Name.slice(1), Image, Cmd, Env, Labels, ExposedPorts };
}
