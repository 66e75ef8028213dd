/** Shows progress on stderr for two seconds, as a command does: the line appears once its library is loaded. */
import { setTimeout as sleep } from "node:timers/promises";
import { canRepaint, displayOf, isColoured } from "../../../scripts/lib/terminal.ts";
import { createReporter } from "../../../stack/report/text/progress.ts";

const display = displayOf(process.stderr);
const reporter = createReporter(process.stderr, { live: canRepaint(display), coloured: isColoured(display) });
reporter.report({ kind: "step-started", id: "a", title: "start a", because: "it is absent" });
for (let block = 1; block <= 20; block += 1) {
  reporter.report({ kind: "step-progress", id: "a", detail: `block ${block}` });
  await sleep(100);
}
reporter.report({ kind: "step-done", id: "a" });
reporter.stop();
