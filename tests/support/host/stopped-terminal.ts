/**
 * Writes to its terminal again and again, as progress does, until a signal ends it as a command:
 * `stopped-terminal.ts <file>`. Notes in the file its process id, and how many characters the terminal has not taken.
 */
import { writeFileSync } from "node:fs";
import { leaveSoon } from "../../../scripts/lib/ending/leave.ts";
import { endOnSignals } from "../../../scripts/lib/ending/signals.ts";
import { surviveClosedOutput } from "../../../scripts/lib/ending/streams.ts";

const WRITE_MS = 20;
/** Fills a pipe of 64 kB in half a second. */
const TEXT = `${"progress ".repeat(300)}\n`;

const [path = ""] = process.argv.slice(2);
surviveClosedOutput();
const { signal } = endOnSignals();
const writing = setInterval(() => {
  process.stderr.write(TEXT);
  process.stdout.write(TEXT);
  writeFileSync(path, `${process.pid} ${Math.min(process.stdout.writableLength, process.stderr.writableLength)}`);
}, WRITE_MS);
signal.addEventListener("abort", () => {
  clearInterval(writing);
  process.exitCode = 130;
  leaveSoon({ interrupted: true });
});
