/**
 * A switch that ends as by `kill -9` at a step boundary: `killed-switch.ts <stack> <profile> <actions>`. Exits with 0 where
 * the switch has fewer actions than that.
 */
import { switchStack } from "../../../stack/commands/switch.ts";

const [stack = "", profile = "", actions = ""] = process.argv.slice(2);
let count = 0;
await switchStack(
  { stack, profile, provision: false, keepFailed: false, confirm: async () => true },
  {
    report: () => undefined,
    signal: new AbortController().signal,
    done: () => {
      count += 1;
      if (count === Number(actions)) process.kill(process.pid, "SIGKILL");
    },
  },
  async () => "not measured",
);
