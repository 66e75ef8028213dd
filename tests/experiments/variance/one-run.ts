/** One run of `bench:variance` in a process of its own. Its only argument is a `RunOrder`; it prints a `RunResult`. */
import { observe } from "../detection/stage.ts";
import { orderSchema } from "./order.ts";
import { Play } from "./play.ts";
import { openStage } from "./stage.ts";

const order = orderSchema.parse(JSON.parse(process.argv[2] ?? ""));
const ended = new AbortController();
process.once("SIGTERM", () => ended.abort());
process.once("SIGINT", () => ended.abort());

const stage = await openStage(await observe(order.stack), order.clients);
try {
  const result = await new Play(order, stage, ended.signal).run();
  process.stdout.write(JSON.stringify(result), () => process.exit());
} finally {
  stage.close();
}
