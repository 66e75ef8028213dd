/**
 * One run of the experiment in a process of its own, as `verify` is: a client whose code is compiled already measures
 * faster, and more evenly, than any that people start. Its only argument is a `RunOrder`; it prints the result file.
 */
import { measure } from "../../../stack/measure/measure.ts";
import { resultsRenderer } from "../../../stack/report/measurement/renderer.ts";
import { orderSchema, rerouted } from "./order.ts";
import { observe } from "./stage.ts";

const { stack, detours, ...how } = orderSchema.parse(JSON.parse(process.argv[2] ?? ""));
const ended = new AbortController();
process.once("SIGTERM", () => ended.abort());
process.once("SIGINT", () => ended.abort());

const fixed = { command: "bench:detection", report: () => {}, renderer: resultsRenderer, signal: ended.signal };
const { document } = await measure(rerouted(await observe(stack), detours), { ...fixed, ...how });
process.stdout.write(JSON.stringify(document), () => process.exit());
