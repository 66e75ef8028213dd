/** `npm run bench`: measures services of a running stack. */
import { resultsRenderer } from "../stack/report/measurement/renderer.ts";
import { benchStack } from "../stack/commands/bench.ts";
import { keepRuns } from "../stack/commands/keep-runs.ts";
import { benchDocumentOf, benchText } from "../stack/report/measurement/bench.ts";
import { benchFlags, parseBench } from "./lib/bench.ts";
import { runCommandLine } from "./lib/command.ts";
import { quietOptions } from "./lib/quiet.ts";
import { copiesOf } from "./lib/reports.ts";
import { decideOptions } from "./lib/until-decided.ts";
import { verdictExit } from "./lib/verdict.ts";

await runCommandLine({
  name: "bench",
  summary: "Measure the services of a running stack and compare with the baseline of this machine.",
  flags: benchFlags,
  parse: parseBench,
  run: async (context) => {
    const { options, args, strict, report, signal, offer } = context;
    const { save, how, reports, decide } = context.flags;
    const copies = await copiesOf(reports);
    const only = args.length > 0 ? { services: args } : {};
    // A baseline is measured for as long as its time allows: nothing of it is decided.
    const extra = save ? { quiet: quietOptions(save, context) } : decideOptions(decide, offer ? { offer } : {});
    const chosen = { ...options, ...how, ...only, ...extra, copies };
    const controls = { report, signal, renderer: resultsRenderer, command: "bench" };
    const { measured: runs, noise, ...benched } = await benchStack(chosen, controls);
    const [measured] = runs;
    if (!measured) throw new Error("one run was asked for, and none was made");
    const exitCode = verdictExit(measured, strict);
    const saved = save ? await keepRuns([measured.run], { ...only, add: save.add, noise }) : undefined;
    const all = { ...benched, measured, saved, exitCode };
    return { document: benchDocumentOf(all), text: benchText(all), exitCode };
  },
});
