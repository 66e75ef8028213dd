/** Provides what a stack needs on this computer: a running engine, Compose, and packages for building images. */
import { join } from "node:path";
import { messageOf, PlumblineError } from "../../core/errors.ts";
import type { Report } from "../../core/progress.ts";
import type { Host } from "../../host/host.ts";
import { runtimes } from "../index.ts";
import { aptInstall, provisionError } from "./apt.ts";
import type { Work } from "./apt.ts";
import { fetchComposePlugin } from "./compose-plugin.ts";
import { startDaemon, startService } from "./daemon.ts";
import { planProvision } from "./plan.ts";
import type { Paths, ProvisionPlan, ProvisionStep } from "./plan.ts";
import { pluginPath, rootPrefix, survey } from "./survey.ts";
import type { Need } from "./survey.ts";

export interface ProvisionOptions {
  readonly host: Host;
  /** Absolute folder for the log and pid file of an engine that Plumbline starts itself. */
  readonly stateFolder: string;
  /** True if an engine is needed; false if one answers already. Default true. */
  readonly engine?: boolean;
  /** True if Compose is needed. Default true. */
  readonly compose?: boolean;
  /** Additional Debian packages that the caller needs. */
  readonly extraPackages?: readonly string[];
}

export interface ProvisionRequest extends ProvisionOptions {
  readonly report: Report;
  readonly signal: AbortSignal;
  /** False with `--no-provision`. */
  readonly allow: boolean;
}

/** Resolves what would be installed and started, without doing it. No steps and no obstacle: nothing is missing. */
export async function provisionPlan(options: ProvisionOptions): Promise<ProvisionPlan> {
  const need: Need = {
    engine: options.engine ?? true,
    compose: options.compose ?? true,
    packages: options.extraPackages ?? [],
    maker: runtimes.flatMap(({ homebrew }) => homebrew ?? [])[0],
  };
  return planProvision(await survey(options.host, need), pathsOf(options));
}

/**
 * Carries out the plan and announces every step before the first begins. A second call finds nothing to do. Rejects
 * with NO_RUNTIME if it is not allowed or not possible here (the fix lists what to run), PROVISION_FAILED, or
 * INTERRUPTED.
 */
export async function provisionEngine(request: ProvisionRequest): Promise<ProvisionPlan> {
  const plan = await provisionPlan(request);
  if (isDone(plan)) return plan;
  if (!request.allow) throw refused(request, plan, "installing is switched off (--no-provision)");
  // Installing may reveal further steps: on a new system the package lists are read for the first time here.
  let left = plan;
  const announced = new Set<string>();
  for (let round = 0; round < MAX_ROUNDS && !isDone(left); round += 1) {
    if (left.obstacle) throw refused(request, left, left.obstacle.why);
    announce(left.steps, announced, request.report);
    await carryOut(left.steps, request);
    left = await provisionPlan(request);
  }
  if (isDone(left)) return plan;
  throw new PlumblineError("PROVISION_FAILED", {
    what: "Something is missing still after it was installed",
    why: left.obstacle?.why ?? left.steps.map(({ what, because }) => `still to do: ${what} (${because})`).join("; "),
    fix: left.obstacle?.fix ?? left.steps.map(({ command }) => command).join("\n"),
  });
}

/** One round each for packages, packages revealed by the lists, and starting them, plus one to spare. */
const MAX_ROUNDS = 4;

function isDone({ steps, obstacle }: ProvisionPlan): boolean {
  return steps.length === 0 && obstacle === undefined;
}

function announce(steps: readonly ProvisionStep[], announced: Set<string>, report: Report): void {
  for (const { what, because, command } of steps) {
    if (announced.has(command)) continue;
    announced.add(command);
    report({ kind: "note", text: `will ${what}, because ${because}: ${command}` });
  }
}

/** Stops after installing packages: they may provide what later steps would start or fetch, or reveal more steps. */
async function carryOut(steps: readonly ProvisionStep[], request: ProvisionRequest): Promise<void> {
  const asRoot = (await rootPrefix(request.host)) ?? [];
  for (const step of steps) {
    await reported(step, asRoot, request);
    if (step.kind === "apt-install") return;
  }
}

/** Returns the path of the log of an engine that Plumbline starts itself. */
export function engineLog(stateFolder: string): string {
  return join(stateFolder, "dockerd.log");
}

function pathsOf({ host, stateFolder }: ProvisionOptions): Paths {
  return {
    plugin: pluginPath(host),
    log: engineLog(stateFolder),
    pidFile: join(stateFolder, "dockerd.pid"),
  };
}

async function reported(step: ProvisionStep, asRoot: readonly string[], request: ProvisionRequest): Promise<void> {
  const { report, signal } = request;
  const id = `provision:${step.kind}`;
  report({ kind: "step-started", id, title: step.what, because: step.because });
  const line = (text: string) => report({ kind: "step-progress", id, detail: text });
  try {
    await perform(step, { asRoot, line, signal }, request);
  } catch (error) {
    const failure = signal.aborted && !(error instanceof PlumblineError) ? interrupted(step, error) : error;
    // A Plumbline error is printed in full, with its many lines, at the end of the command.
    report({ kind: "step-failed", id, reason: failure instanceof PlumblineError ? "see below" : messageOf(failure) });
    throw failure;
  }
  report({ kind: "step-done", id });
}

const BREW_DEADLINE_MS = 30 * 60_000;

async function perform(step: ProvisionStep, work: Work, request: ProvisionRequest): Promise<void> {
  const { host, report, signal } = request;
  switch (step.kind) {
    case "apt-install":
      return aptInstall(host, step.packages, work);
    case "brew-install": {
      const argv = [step.brew, "install", ...step.packages];
      const env = { ...host.env, NONINTERACTIVE: "1", HOMEBREW_NO_ENV_HINTS: "1" };
      const result = await host.run(argv, { timeoutMs: BREW_DEADLINE_MS, env, signal, line: work.line });
      if (!result.ok) throw provisionError(`Could not install ${step.packages.join(", ")}`, result, argv);
      return;
    }
    case "link-plugin":
      return host.link(step.target, step.path);
    case "start-service":
      return startService(host, work);
    case "start-daemon":
      return startDaemon(host, pathsOf(request), work);
    case "fetch-plugin":
      return fetchComposePlugin(host, step, {
        line: work.line,
        warn: (text) => report({ kind: "warning", text }),
        signal,
      });
  }
}

function refused({ engine = true }: ProvisionOptions, plan: ProvisionPlan, why: string): PlumblineError {
  const { steps, obstacle } = plan;
  const commands = steps.map(({ command }) => command).join("\n");
  return new PlumblineError("NO_RUNTIME", {
    what: engine ? "There is no container engine that can be used" : "Software that is needed here is missing",
    why: [why, ...steps.map(({ what, because }) => `${what}: ${because}`)].join("\n"),
    fix: obstacle?.fix ?? `Allow it, or run this by hand:\n${commands}`,
    details: { steps },
  });
}

function interrupted({ what }: ProvisionStep, cause: unknown): PlumblineError {
  const fix = "Run the same command again: it finishes what was begun.";
  return new PlumblineError("INTERRUPTED", { what: `Could not ${what}`, why: "it was interrupted", fix, cause });
}
