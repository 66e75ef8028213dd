/** What Redis counts itself about the work of commands: exact at once, summed over the nodes. */
import type { Redis } from "ioredis";
import type { Target } from "../../core/service/service.ts";
import { keep, type Kept } from "../kit/kept.ts";
import { openNode } from "./client.ts";
import { parseInfo } from "./cluster/nodes.ts";

/**
 * Fields of INFO by the name of their figure (https://redis.io/docs/latest/commands/info/). The bytes are those of
 * clients, without the cluster bus. `aof_current_size` is absent without an append-only log, and smaller after a rewrite.
 */
const COUNTED: readonly Counted[] = [
  { field: "total_commands_processed", name: "commands", ownOf: ({ commands }) => commands },
  { field: "total_net_input_bytes", name: "bytes received", ownOf: ({ received }) => received },
  { field: "total_net_output_bytes", name: "bytes sent", ownOf: ({ sent }) => sent },
  { field: "aof_current_size", name: "log bytes", ownOf: () => 0 },
];

interface Counted {
  readonly field: string;
  readonly name: string;
  /** What the questions of this process added. */
  readonly ownOf: (own: Own) => number;
}

interface Own {
  commands: number;
  received: number;
  sent: number;
}

export interface Counting {
  counters(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

export function countingOf(targets: readonly Target[]): Counting {
  const nodes = targets.map((target) => new Node(target));
  return {
    counters: async () => {
      const total: Record<string, number> = {};
      for (const found of await Promise.all(nodes.map((node) => node.ask()))) {
        for (const [name, value] of Object.entries(found)) total[name] = (total[name] ?? 0) + value;
      }
      return total;
    },
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}

const SECTIONS = ["stats", "persistence"] as const;
/** The question itself, as the client sends it. */
const QUESTION_BYTES = respBytes(["info", ...SECTIONS]);

/** Precedes the text of an answer in RESP3, the protocol of ioredis since version 6: a "verbatim string". */
const VERBATIM = "txt:";

/** Leaves out what its own questions add, so that few operations are counted as exactly as many. */
class Node {
  readonly #kept: Kept<Redis>;
  readonly #own: Own = { commands: 0, received: 0, sent: 0 };

  constructor(target: Target) {
    this.#kept = keep(
      () => openNode(target, "bench"),
      async (client) => client.disconnect(),
    );
  }

  async ask(): Promise<Readonly<Record<string, number>>> {
    const text = String(await this.#kept.ask((client) => client.call("info", [...SECTIONS])));
    const info = parseInfo(text);
    // The answer holds the bytes of this question, but neither its own bytes nor its own command.
    this.#own.received += QUESTION_BYTES;
    const own = { ...this.#own };
    this.#own.commands += 1;
    this.#own.sent += bulkBytes(VERBATIM + text);
    return Object.fromEntries(
      COUNTED.flatMap(({ name, field, ownOf }) => {
        const value = info.get(field);
        return value === undefined ? [] : [[name, Number(value) - ownOf(own)] as const];
      }),
    );
  }

  close(): Promise<void> {
    return this.#kept.close();
  }
}

/** Bytes of a command as an array of bulk strings (RESP). */
function respBytes(words: readonly string[]): number {
  return `*${words.length}\r\n`.length + words.reduce((sum, word) => sum + bulkBytes(word), 0);
}

function bulkBytes(text: string): number {
  const length = Buffer.byteLength(text);
  return `$${length}\r\n\r\n`.length + length;
}
