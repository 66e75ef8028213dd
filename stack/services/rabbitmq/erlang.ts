/** Erlang expressions evaluated in the running node. */
import type { Target } from "../../core/service/service.ts";

const EVALUATE_DEADLINE_MS = 15_000;

/**
 * The text of an expression's value. `erl_call` of the Erlang distribution answers in 10 ms; `rabbitmqctl eval`, which
 * starts an Erlang machine of its own first, in 500 to 850 ms, and only serves images without the former. Both take
 * the node's cookie from the volume.
 */
export async function evaluate(target: Target, expression: string): Promise<string> {
  const timeoutMs = EVALUATE_DEADLINE_MS;
  try {
    const { stdout } = await target.exec(["erl_call", "-sname", "rabbit", "-e"], {
      stdin: `${expression}.\n`,
      timeoutMs,
    });
    if (stdout.startsWith("{ok,")) return stdout.slice("{ok,".length, -1).trim();
  } catch {
    // Not in this image; or it failed, and then rabbitmqctl says why in words.
  }
  return (await target.exec(["rabbitmqctl", "-q", "eval", `${expression}.`], { timeoutMs })).stdout.trim();
}
