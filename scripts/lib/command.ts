/** Runs a command: parses its flags, handles its signals, sets its exit code. */
import { EventEmitter } from "node:events";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import type { Action } from "../../stack/core/plan/action.ts";
import { EXIT, messageOf, PlumblineError } from "../../stack/core/errors.ts";
import type { Report } from "../../stack/core/progress.ts";
import type { StackOptions } from "../../stack/commands/request/request.ts";
import { runtimeNames } from "../../stack/runtimes/index.ts";
import { confirm, offer } from "../../stack/report/text/confirm.ts";
import { createReporter } from "../../stack/report/text/progress.ts";
import { unlessAborted } from "../../stack/converge/execution/unless-aborted.ts";
import { nodeVariables } from "../../stack/host/foreign-variables.mjs";
import { leave, leaveSoon } from "./ending/leave.ts";
import { outputOf, type CommandResult, type Output } from "./output.ts";
import { endInOrder, endOnSignals, interruption } from "./ending/signals.ts";
import { surviveClosedOutput } from "./ending/streams.ts";
import { onUnread } from "./ending/unattended.mjs";
import { canRepaint, displayOf, isColoured } from "./terminal.ts";

export interface Context<Flags> {
  readonly flags: Flags;
  readonly args: readonly string[];
  /** Which stack, profile and runtime. */
  readonly options: StackOptions;
  readonly json: boolean;
  readonly strict: boolean;
  readonly yes: boolean;
  /** Stdout is a terminal with colours. */
  readonly coloured: boolean;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Records a completed action, for the report of a run that fails or is interrupted. */
  readonly done: (action: Action) => void;
  readonly confirm: (question: string) => Promise<boolean>;
  /** Offers something harmless, by default yes. Absent without a terminal, and with --json or --yes. */
  readonly offer?: (question: string) => Promise<boolean>;
}

export interface CommandDefinition<Flags> {
  readonly name: string;
  readonly summary: string;
  /** Adds the command's own arguments and flags. */
  readonly flags?: (command: Command) => Command;
  /** Reads the raw flags; throws InvalidArgumentError. */
  readonly parse: (raw: Readonly<Record<string, unknown>>) => Flags;
  /** Returns true if the command changes nothing: a signal then ends it at once, whatever it waits for. */
  readonly looksOnly?: (flags: Flags) => boolean;
  readonly run: (context: Context<Flags>) => Promise<CommandResult>;
}

/** Runs a command with this process's arguments and sets its exit code. */
export async function runCommandLine<Flags>(definition: CommandDefinition<Flags>): Promise<void> {
  surviveClosedOutput();
  const program = describe(definition);
  const asJson = process.argv.includes("--json");
  const output = outputOf(definition.name, asJson, () => stackOptions(program.opts()));
  try {
    program.parse();
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // --help
    output.failed(usage(error), []);
    return;
  }
  await execute(definition, program, output);
}

async function execute<Flags>(definition: CommandDefinition<Flags>, program: Command, output: Output): Promise<void> {
  const raw: Readonly<Record<string, unknown>> = program.opts();
  const json = raw["json"] === true;
  const display = displayOf(process.stderr);
  const repaints = canRepaint(display);
  const reporter = createReporter(process.stderr, { live: repaints && !json, coloured: isColoured(display) && !json });
  const interactive = displayOf(process.stdin).isTerminal && display.isTerminal && !json;
  const ending = endOnSignals();
  const asking = { plain: !repaints, signal: ending.signal, input: process.stdin, output: process.stderr };
  const done: Action[] = [];
  let forgetReaders: (() => void) | undefined;
  try {
    const flags = definition.parse(raw);
    const looksOnly = definition.looksOnly?.(flags) ?? false;
    // What is changed is wanted, also if nobody reads the result; a look is not.
    forgetReaders = onUnread({ result: () => looksOnly && leave(EXIT.ok), all: endInOrder });
    const running = definition.run({
      flags,
      args: program.args,
      options: { ...stackOptions(raw), signal: ending.signal },
      json,
      strict: raw["strict"] === true,
      yes: raw["yes"] === true,
      coloured: isColoured(displayOf(process.stdout)) && !json,
      report: reporter.report,
      signal: ending.signal,
      done: (action) => done.push(action),
      confirm: (question) =>
        reporter.paused(() => confirm(question, { yes: raw["yes"] === true, ...(interactive ? { asking } : {}) })),
      ...(interactive && raw["yes"] !== true
        ? { offer: (question: string) => reporter.paused(() => offer(question, asking)) }
        : {}),
    });
    const result = await unlessAborted(running, looksOnly ? ending.signal : ending.late);
    reporter.stop();
    output.succeeded(result);
  } catch (error) {
    reporter.stop();
    output.failed(ending.signal.aborted ? interruption(error, ending) : known(error), done);
  } finally {
    const interrupted = ending.signal.aborted;
    ending.forget();
    forgetReaders?.();
    leaveSoon({ interrupted });
  }
}

function describe<Flags>({ name, summary, flags }: CommandDefinition<Flags>): Command {
  const program = new Command(`npm run ${name} --`)
    .description(summary)
    .option("--profile <name>", "profile: a name in profiles/ or the path of a YAML file")
    .option("--runtime <name>", `${runtimeNames.join(", ")} or auto`)
    .option("--stack <name>", "which of several stacks side by side", "default")
    .option("--json", "one JSON document on stdout; progress goes to stderr")
    .option("--yes", "answer every question with yes")
    .option("--strict", "what is only a warning otherwise becomes an exit code")
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  return flags ? flags(program) : program;
}

function stackOptions(raw: Readonly<Record<string, unknown>>): StackOptions {
  const text = (name: string) => (typeof raw[name] === "string" ? { [name]: raw[name] } : {});
  return { stack: "default", ...text("stack"), ...text("profile"), ...text("runtime") };
}

function known(error: unknown): PlumblineError {
  if (error instanceof PlumblineError) return error;
  if (error instanceof InvalidArgumentError) return usage(error);
  // The bundle's loader then names the source files in the trace, as for every error that ends the process.
  if (error instanceof Error) EventEmitter.prototype.emit.call(process, "uncaughtExceptionMonitor", error);
  return new PlumblineError("INTERNAL", {
    what: "Plumbline met an error that it does not know",
    why: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
    fix: ["Please report it with this text", ...nodeHint()].join(". "),
    cause: error,
  });
}

/** NODE_OPTIONS and its like change this Node, whatever Plumbline does. */
function nodeHint(): readonly string[] {
  const names = nodeVariables(process.env);
  return names.length === 0 ? [] : [`See first whether it happens without ${names.join(", ")}, which changes Node.js`];
}

function usage(error: unknown): PlumblineError {
  return new PlumblineError("WRONG_USAGE", {
    what: messageOf(error).replace(/^error: /, ""),
    why: "the command line was not understood",
    fix: "Add --help to see the flags of this command",
  });
}
