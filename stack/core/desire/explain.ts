/** Explains every number: the formula, its input and its source. */
import type { Budget } from "./budget.ts";
import type { SizedService } from "./desire.ts";
import { PlumblineError } from "../errors.ts";
import type { Explanation } from "../results/commands/explain.ts";
import { formatSetting, type Setting } from "../service/setting.ts";
import { formatBytes, inMib, MIB, type Bytes } from "../units.ts";

/**
 * Explains everything, one service ("postgres") or one setting ("postgres.shared_buffers"). Throws WRONG_USAGE for an
 * unknown name, with a list of the known ones.
 */
export function explain(budget: Budget, sized: readonly SizedService[], name?: string): readonly Explanation[] {
  const all = sized.flatMap((service) => [
    shareOf(budget, service),
    ...service.settings.map((each) => one(service, each)),
  ]);
  if (name === undefined) return all;
  const found = all.filter(({ service, setting }) => name === service || name === `${service}.${setting}`);
  if (found.length > 0) return found;
  const [service] = name.split(".");
  const known = all.filter((each) => each.service === service).map((each) => `${each.service}.${each.setting}`);
  throw new PlumblineError("WRONG_USAGE", {
    what: `Nothing to explain under "${name}"`,
    why: known.length > 0 ? `${service} has no such setting` : "The profile has no such service",
    fix: `Use one of: ${(known.length > 0 ? known : sized.map(({ definition }) => definition.name)).join(", ")}`,
  });
}

function shareOf(budget: Budget, { definition, share }: SizedService): Explanation {
  const { machine, reserve, available, level, squeeze } = budget;
  const needs = budget.needs.get(definition.name);
  return {
    service: definition.name,
    setting: "limits",
    value: `${formatBytes(share.memory)}, ${share.cpus} cpus${definition.instances.length > 1 ? " an instance" : ""}`,
    takes: "live",
    formula: "min(ideal, floor + λ · weight) of the memory, min(wanted, machine) · s of the cpus",
    inputs: {
      machine: `${formatBytes(machine.memory)}, ${machine.cpus} cpus`,
      reserve: formatBytes(reserve),
      available: formatBytes(available),
      ...(needs && {
        floor: exactly(needs.floor),
        ideal: exactly(needs.ideal),
        weight: String(needs.weight),
        λ: `${(level / MIB).toFixed(3)} MiB`,
        "wanted cpus": String(needs.cpus),
        s: squeeze.toFixed(2),
      }),
      instances: String(definition.instances.length),
    },
    source:
      "one λ for all services, so that the sum is at most what is available, in steps of 16 MiB; " +
      "one s, so that all cpu limits together are at most three times the machine's",
  };
}

/** Formats a size in MiB, so that the reader can check the sum. */
function exactly(size: Bytes): string {
  return `${Number(inMib(size).toFixed(1))} MiB`;
}

function one({ definition }: SizedService, setting: Setting): Explanation {
  return {
    service: definition.name,
    setting: setting.name,
    value: formatSetting(setting.value, setting.unit),
    takes: setting.takes,
    ...setting.because,
    ...(setting.variable ? { variable: setting.variable } : {}),
  };
}

/** Returns the explanations as text, one paragraph each. */
export function explanationText(explanations: readonly Explanation[]): string {
  return explanations.map(paragraph).join("\n\n");
}

function paragraph({ service, setting, value, takes, formula, inputs, source, variable }: Explanation): string {
  const given = Object.entries(inputs).map(([name, input]) => `${name} = ${input}`);
  return [
    `${service}.${setting} = ${value}`,
    `  because  ${formula}`,
    ...(given.length > 0 ? [`  with     ${given.join(", ")}`] : []),
    `  source   ${source}`,
    `  change   ${takes}${variable ? `; in tuning.env as ${variable}` : ""}`,
  ].join("\n");
}
