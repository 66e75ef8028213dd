/** One run of `bench:variance` in a process of its own. Its only argument is a `RunOrder`; it prints a `RunResult`. */
import { observe } from "../detection/stage.ts";
import { printResult } from "../self/own-program.ts";
import { orderSchema } from "./order.ts";
import { Play } from "./play.ts";
import { openStage } from "./stage.ts";

await printResult(async (argument, signal) => {
  const order = orderSchema.parse(argument);
  const stage = await openStage(await observe(order.stack), order.clients);
  try {
    return await new Play(order, stage, signal).run();
  } finally {
    stage.close();
  }
});
