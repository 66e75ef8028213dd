import { expect, onTestFinished } from "vitest";
import type { Runtime } from "../../../stack/core/machine/runtime.ts";
import type { MachineAction, MachineWish } from "../../../stack/core/machine/machine.ts";
import { gib } from "../../../stack/core/units.ts";
import { realHost } from "../../../stack/host/host.ts";
import type { Host } from "../../../stack/host/host.ts";
import type { Deadlines } from "../../../stack/runtimes/colima/command.ts";
import { colimaRuntime } from "../../../stack/runtimes/colima/runtime.ts";
import { FakeColima } from "../fake-colima/fake.ts";
import type { FakeColimaOptions } from "../fake-colima/fake.ts";
import { colimaHost } from "./host.ts";
import { DockerServer } from "../fakes/docker-server.ts";

export const DEV: MachineWish = { cpus: 2, memory: gib(4), disk: gib(20) };
export const QA: MachineWish = { cpus: 4, memory: gib(8), disk: gib(40) };
export const PROFILE = "plumbline-shop";
export const CREATE: MachineAction = { kind: "create-machine", wish: DEV };

export interface Options extends FakeColimaOptions {
  readonly deadlines?: Partial<Deadlines>;
  readonly folders?: readonly string[];
  /** Starts the launchers as real processes. */
  readonly processes?: boolean;
}

export interface Scene {
  readonly fake: FakeColima;
  readonly engine: DockerServer;
  readonly runtime: Runtime;
  readonly notes: string[];
  readonly apply: (action: MachineAction, signal?: AbortSignal) => Promise<void>;
  /** A second process of Plumbline, which knows only what it sees; it has the usual deadlines. */
  readonly again: (over?: Partial<Host>, folders?: readonly string[]) => Runtime;
}

/** A computer with the fake Colima and an engine behind its socket; both are removed after the test. */
export async function scene({ deadlines, folders = [], processes, ...options }: Options = {}): Promise<Scene> {
  const engine = await DockerServer.create();
  const fake = await FakeColima.create({ engineSocket: engine.socket, ...options });
  onTestFinished(async () => {
    await fake.remove();
    await engine.remove();
  });
  const notes: string[] = [];
  const again = (over: Partial<Host> = {}, seen = folders) =>
    colimaRuntime({ stack: "shop", host: colimaHost(fake, over), folders: seen });
  const host = processes === true ? realHost({ ...process.env, ...fake.env }) : colimaHost(fake);
  const runtime = colimaRuntime({ stack: "shop", host, folders, ...(deadlines ? { deadlines } : {}) });
  const apply = (action: MachineAction, signal = new AbortController().signal) =>
    runtime.apply(action, (line) => notes.push(line), signal);
  return { fake, engine, runtime, notes, apply, again };
}

/** A text that holds `part`, as an expectation without a type of its own. */
export function containing(part: string): unknown {
  return expect.stringContaining(part);
}
