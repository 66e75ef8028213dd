/** The text of `switch`: the old and the new profile, and each change with its cause. */
import { planText } from "../../core/plan/plan-text.ts";
import type { Switched } from "../../core/results/commands/up.ts";
import { interruptionsText, textOf, type Conclusion } from "./up.ts";

export function switchText(switched: Switched, conclusion: Conclusion, coloured: boolean): string {
  const { profile: to, from, actions } = switched;
  const same = from === to ? `The stack has the profile ${to} already` : undefined;
  const head =
    actions.length === 0
      ? `${same ?? `The profile ${to} asks for what runs already`}: nothing was touched.`
      : `${from === undefined ? `Brought up with ${to}` : same ? `${same}; it was repaired` : `Switched from ${from} to ${to}`}:`;
  const changes = actions.length === 0 ? [] : planText({ actions, notes: [] }).split("\n");
  const nothing = actions.length === 0 ? ["Nothing had to be changed."] : [];
  const outcome = [...nothing, ...interruptionsText(switched.interruptions)];
  return textOf(switched, { plan: [head, ...changes], outcome }, conclusion, coloured);
}
