/** The one place that knows flags, --json, --yes, signals, and how errors become exit codes. */
import { EventEmitter } from "node:events";
import { isatty } from "node:tty";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { isChange, type Action } from "../../stack/core/plan/action.ts";
import { EXIT, messageOf, PlumblineError, type ExitCode } from "../../stack/core/errors.ts";
import { summaryText } from "../../stack/core/plan/plan-text.ts";
import type { Report } from "../../stack/core/progress.ts";
import { interrupted } from "../../stack/host/deadline.ts";
import type { StackOptions } from "../../stack/commands/request/request.ts";
import { confirmer } from "../../stack/report/text/confirm.ts";
import { errorText } from "../../stack/report/text/error-text.ts";
import { hintsFor, hintsIn } from "../../stack/report/text/hints.ts";
import { createReporter } from "../../stack/report/text/progress.ts";
import { planned } from "../../stack/report/screens/up.ts";
import { surviveClosedOutput } from "./streams.ts";

/** After the second SIGINT the process ends at once; after the first it has this long to end cleanly. */
const CLEAN_END_MS = 30_000;

/** SIGHUP comes when the terminal is closed. */
const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Context<Flags> {
  readonly flags: Flags;
  readonly args: readonly string[];
  readonly stack: StackOptions;
  readonly json: boolean;
  readonly strict: boolean;
  readonly yes: boolean;
  /** Text on stdout is for a terminal with colours. */
  readonly coloured: boolean;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Remembers what was done, for the report of a run that fails or is interrupted. */
  readonly done: (action: Action) => void;
  readonly confirm: (question: string) => Promise<boolean>;
}

export interface CommandResult {
  readonly document: unknown;
  readonly text: string;
  readonly exitCode?: ExitCode;
}

export interface CommandDefinition<Flags> {
  readonly name: string;
  readonly summary: string;
  /** Adds arguments and flags of its own. */
  readonly flags?: (command: Command) => Command;
  /** Reads the raw flags; throws InvalidArgumentError. */
  readonly parse: (raw: Readonly<Record<string, unknown>>) => Flags;
  readonly run: (context: Context<Flags>) => Promise<CommandResult>;
}

/** Runs a command with this process's arguments and sets its exit code. */
export async function runCommand<Flags>(definition: CommandDefinition<Flags>): Promise<void> {
  surviveClosedOutput();
  const program = describe(definition);
  const asJson = process.argv.includes("--json");
  const output = outputOf(definition.name, asJson, () => stackOptions(program.opts()).stack);
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
  const reporter = createReporter(process.stderr, isTerminal(process.stderr) && !json);
  const ending = endOnSignals();
  const done: Action[] = [];
  try {
    const result = await definition.run({
      flags: definition.parse(raw),
      args: program.args,
      stack: stackOptions(raw),
      json,
      strict: raw["strict"] === true,
      yes: raw["yes"] === true,
      coloured: isTerminal(process.stdout) && !json,
      report: reporter.report,
      signal: ending.signal,
      done: (action) => done.push(action),
      confirm: confirmer({
        yes: raw["yes"] === true,
        interactive: isTerminal(process.stdin) && isTerminal(process.stderr) && !json,
      }),
    });
    reporter.stop();
    output.succeeded(result);
  } catch (error) {
    reporter.stop();
    output.failed(ending.signal.aborted ? interruption(error, ending.signal) : known(error), done);
  } finally {
    ending.forget();
    endSoon();
  }
}

/** `isTTY` is absent, and not false, on a pipe; picocolors takes that as a question, and colours pipes where CI is set. */
function isTerminal({ fd }: { readonly fd: number }): boolean {
  return isatty(fd);
}

/** Long enough for an orderly goodbye to servers, too short to be noticed. */
const GOODBYE_MS = 200;

/** A client that still waits for a server must not keep a command that has said its last word. */
function endSoon(): void {
  process.stdout.write("", () => process.stderr.write("", () => setTimeout(() => process.exit(), GOODBYE_MS).unref()));
}

function describe<Flags>({ name, summary, flags }: CommandDefinition<Flags>): Command {
  const program = new Command(`npm run ${name} --`)
    .description(summary)
    .option("--profile <name>", "profile: a name in profiles/ or the path of a YAML file")
    .option("--runtime <name>", "colima, engine or auto")
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

interface Ending {
  readonly signal: AbortSignal;
  forget(): void;
}

function endOnSignals(): Ending {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    timer = setTimeout(() => process.exit(EXIT.interrupted), CLEAN_END_MS).unref();
  };
  for (const name of ENDING_SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    forget: () => {
      clearTimeout(timer);
      for (const name of ENDING_SIGNALS) process.off(name, onSignal);
    },
  };
}

function interruption(error: unknown, signal: AbortSignal): PlumblineError {
  return error instanceof PlumblineError && error.code === "INTERRUPTED" ? error : interrupted(signal);
}

function known(error: unknown): PlumblineError {
  if (error instanceof PlumblineError) return error;
  if (error instanceof InvalidArgumentError) return usage(error);
  // The bundle's loader hears of it and names the sources in the trace, as for every error that ends the process.
  if (error instanceof Error) EventEmitter.prototype.emit.call(process, "uncaughtExceptionMonitor", error);
  return new PlumblineError("INTERNAL", {
    what: "Plumbline met an error that it does not know",
    why: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
    fix: "Please report it with this text",
    cause: error,
  });
}

function usage(error: unknown): PlumblineError {
  return new PlumblineError("WRONG_USAGE", {
    what: messageOf(error).replace(/^error: /, ""),
    why: "the command line was not understood",
    fix: "Add --help to see the flags of this command",
  });
}

interface Output {
  succeeded(result: CommandResult): void;
  failed(error: PlumblineError, done: readonly Action[]): void;
}

/** `stack`: the stack that the command was for, once its flags are read. */
function outputOf(command: string, json: boolean, stack: () => string): Output {
  const print = (document: unknown) => process.stdout.write(`${JSON.stringify(document, hintsIn(stack()), 2)}\n`);
  return {
    succeeded: ({ document, text, exitCode }) => {
      if (json) print(document);
      else if (text !== "") process.stdout.write(`${hintsFor(stack(), text)}\n`);
      process.exitCode = exitCode ?? EXIT.ok;
    },
    failed: (error, done) => {
      const { code, exitCode, what, why, fix, details } = error;
      if (json) {
        const document = {
          ok: false,
          command,
          error: { code, exitCode, what, why, fix, details },
          done: done.map(planned),
        };
        print(document);
      } else {
        process.stderr.write(`${hintsFor(stack(), errorText(error, isTerminal(process.stderr)))}\n`);
        if (done.some(isChange)) process.stderr.write(`Done before: ${summaryText(done)}\n`);
      }
      process.exitCode = exitCode;
    },
  };
}
