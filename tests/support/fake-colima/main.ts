import { writeSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { run } from "./colima.ts";
import { readKnobs } from "./world.ts";

void main();

/** The launchers pass which of the two programs they are and the folder of their FakeColima. */
async function main(): Promise<void> {
  const [program, directory = "", ...argv] = process.argv.slice(2);
  const input = lazyLines();
  const world = {
    directory,
    env: process.env,
    knobs: readKnobs(directory),
    stdout: (text: string) => void writeSync(1, text),
    stderr: (text: string) => void writeSync(2, text),
    readLine: input.next,
  };
  process.exitCode = await run(world, program === "limactl" ? "limactl" : "colima", argv);
  input.close();
}

/** Standard input is opened only for a question: an open pipe would keep every other command from ending. */
function lazyLines() {
  let reader: Interface | undefined;
  let lines: AsyncIterator<string, undefined> | undefined;
  return {
    next: async (): Promise<string> => {
      reader ??= createInterface({ input: process.stdin });
      lines ??= reader[Symbol.asyncIterator]();
      return (await lines.next()).value ?? "";
    },
    close: () => reader?.close(),
  };
}
