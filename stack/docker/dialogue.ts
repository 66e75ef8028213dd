/** A long-running command in a container: for each line sent to it, it prints an answer of some lines. */
import type { Duplex } from "node:stream";
import { PlumblineError } from "../core/errors.ts";
import { QUICK_DEADLINE_MS } from "./client.ts";
import type { Client } from "./client.ts";
import { lineReader } from "./demultiplex.ts";

export interface Dialogue {
  /** Sends an empty line and resolves to the answer; answers come in order. Rejects once the command has ended. */
  ask(): Promise<readonly string[]>;
  /** Closes the command's input, as also happens when this process is killed. */
  close(): void;
}

/** The line that ends every answer. */
export const ANSWER_END = ".";
/** Questions that may wait at once; a command that is slower is given up. */
const WAITING_MAXIMUM = 64;

interface Waiting {
  readonly resolve: (lines: readonly string[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts the command as root. Rejects with ENGINE_UNREACHABLE, or SERVICE_EXITED if the container does not run. */
export async function openDialogue(client: Client, containerId: string, argv: readonly string[]): Promise<Dialogue> {
  const what = `run ${argv[0] ?? "a command"} in container ${containerId.slice(0, 12)}`;
  const exec = await client.call("container", what, QUICK_DEADLINE_MS, (abortSignal) =>
    client.docker.getContainer(containerId).exec({
      Cmd: [...argv],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      User: "0",
      abortSignal,
    }),
  );
  const stream = await client.call("container", what, QUICK_DEADLINE_MS, (abortSignal) =>
    exec.start({ hijack: true, stdin: true, abortSignal }),
  );
  return converse(stream, what);
}

function converse(stream: Duplex, what: string): Dialogue {
  const waiting: Waiting[] = [];
  const complaints: string[] = [];
  let answer: string[] = [];
  let ended: PlumblineError | undefined;
  const end = (why: string) => {
    ended ??= endOf(what, complaints.join("; ") || why);
    for (const { reject } of waiting.splice(0)) reject(ended);
    stream.destroy();
  };
  const hear = lineReader((line, from) => {
    if (from === "stderr") complaints.push(line);
    else if (line !== ANSWER_END) answer.push(line);
    else {
      waiting.shift()?.resolve(answer);
      answer = [];
    }
  });
  stream.on("data", hear);
  stream.on("error", (error: Error) => end(error.message));
  stream.once("end", () => end("it ended"));
  stream.once("close", () => end("it ended"));
  return {
    ask: () =>
      new Promise((resolve, reject) => {
        if (!ended && waiting.length >= WAITING_MAXIMUM) end(`${WAITING_MAXIMUM} questions have no answer`);
        if (ended) {
          reject(ended);
          return;
        }
        waiting.push({ resolve, reject });
        stream.write("\n");
      }),
    close: () => {
      stream.end();
      end("it was closed");
    },
  };
}

function endOf(what: string, why: string): PlumblineError {
  const fix = "See what runs with `npm run status`, then run the same command again.";
  return new PlumblineError("SERVICE_EXITED", { what: `Could not ${what}`, why, fix });
}
