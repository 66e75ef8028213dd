/** Evaluates Erlang expressions in the running node. */
import type { Target } from "../../core/service/service.ts";

const EVALUATE_DEADLINE_MS = 15_000;

/**
 * Resolves an expression's value as text. `erl_call` of the Erlang distribution takes 10 ms. `rabbitmqctl eval` starts
 * its own Erlang machine and takes 500 to 850 ms; it is used only if the image lacks `erl_call`. Both read the node's
 * cookie from the volume.
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
    // The image lacks it, or it failed; rabbitmqctl then reports the reason.
  }
  return (await target.exec(["rabbitmqctl", "-q", "eval", `${expression}.`], { timeoutMs })).stdout.trim();
}
