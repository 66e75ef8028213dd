/** `npm run explain`: why every number is what it is. */
import { explainStack } from "../stack/commands/explain.ts";
import { explainDocumentOf, explainText } from "../stack/report/screens/explain.ts";
import { runCommandLine } from "./lib/command.ts";

await runCommandLine({
  name: "explain",
  summary: "Show why each value is what it is: formula, inputs, source, and what it takes to change it.",
  flags: (command) => command.argument("[name]", "a service, or <service>.<setting>; everything without one"),
  parse: () => undefined,
  looksOnly: () => true,
  run: async ({ options, args: [name] }) => {
    const explained = await explainStack(options, name);
    return { document: explainDocumentOf(explained), text: explainText(explained) };
  },
});
