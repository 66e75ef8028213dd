/**
 * One run of the experiment in a process of its own, as `verify` is: a client whose code is compiled already measures
 * faster, and more evenly, than any that people start. Its only argument is a `RunOrder`; it prints the result file.
 */
import { measure } from "../../../stack/measure/measure.ts";
import { resultsRenderer } from "../../../stack/report/measurement/renderer.ts";
import { printResult } from "../self/own-program.ts";
import { orderSchema, rerouted } from "./order.ts";
import { observe } from "./stage.ts";

await printResult(async (argument, signal) => {
  const { stack, detours, ...how } = orderSchema.parse(argument);
  const fixed = { command: "bench:detection", report: () => {}, renderer: resultsRenderer, signal };
  const { document } = await measure(rerouted(await observe(stack), detours), { ...fixed, ...how });
  return document;
});
