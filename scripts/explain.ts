/** `npm run explain`: why every number is what it is. */
import { explain } from "../stack/core/desire/explain.ts";
import { sizesOf } from "../stack/commands/explain.ts";
import { explainDocumentOf, explainText } from "../stack/report/screens/explain.ts";
import { runCommand } from "./lib/command.ts";

await runCommand({
  name: "explain",
  summary: "Show why each value is what it is: formula, inputs, source, and what it takes to change it.",
  flags: (command) => command.argument("[name]", "a service, or <service>.<setting>; everything without one"),
  parse: () => undefined,
  run: async ({ stack, args: [name] }) => {
    const sizes = await sizesOf(stack);
    const report = { ...sizes, explanations: explain(sizes.budget, sizes.sized, name) };
    return { document: explainDocumentOf(report), text: explainText(report) };
  },
});
