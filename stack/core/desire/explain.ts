/** Explains every number: the formula, its input and its source. */
import { mostOf, type Budget } from "./budget.ts";
import type { SizedService } from "./desire.ts";
import { PlumblineError } from "../errors.ts";
import { nearest } from "../profile/nearest.ts";
import type { Explanation } from "../results/commands/explain.ts";
import { formatSetting, type Setting } from "../service/setting.ts";
import { bytes, formatBytes, inMib, MIB, mib, roundDown, type Bytes } from "../units.ts";

/**
 * Explains everything, one service ("postgres") or one setting ("postgres.shared_buffers"). Throws WRONG_USAGE for an
 * unknown name, with a list of the known ones.
 */
export function explain(budget: Budget, sized: readonly SizedService[], name?: string): readonly Explanation[] {
  const all = [
    freeOf(budget, sized),
    ...sized.flatMap((service) => [
      shareOf(budget, service),
      ...logsOf(budget, service),
      ...service.settings.map((each) => one(service, each)),
    ]),
  ];
  if (name === undefined) return all;
  const wanted = name.toLowerCase();
  const found = all.filter(({ service, setting }) => [service, `${service}.${setting}`.toLowerCase()].includes(wanted));
  if (found.length > 0) return found;
  const [service = ""] = wanted.split(".");
  const known = all.filter((each) => each.service === service).map((each) => `${each.service}.${each.setting}`);
  const names = known.length > 0 ? known : ["machine", ...sized.map(({ definition }) => definition.name)];
  const suggestion = nearest(wanted, names);
  throw new PlumblineError("WRONG_USAGE", {
    what: `Nothing to explain under "${name}"`,
    why:
      known.length > 0
        ? `neither a formula nor the profile gives ${service} such a setting: the server's own default holds`
        : "The profile has no such service",
    fix: `${suggestion === undefined ? "" : `Did you mean ${suggestion}? `}Use one of: ${names.join(", ")}`,
  });
}

/** Explains what no service gets. */
function freeOf(budget: Budget, sized: readonly SizedService[]): Explanation {
  const { available, spent } = budget;
  return {
    service: "machine",
    setting: "free",
    value: formatBytes(freeMemory(budget)),
    takes: "live",
    formula: "available − Σ limits",
    inputs: { available: formatBytes(available), "Σ limits": formatBytes(spent) },
    source: whyFree(budget, sized),
  };
}

/** Returns the memory that no service gets, and that is not kept for the system either. */
export function freeMemory({ available, spent }: Pick<Budget, "available" | "spent">): Bytes {
  return bytes(Math.max(0, available - spent));
}

function whyFree({ needs, shares, cacheLevel }: Budget, sized: readonly SizedService[]): string {
  if (cacheLevel === 0) return "limits are steps of 16 MiB: what is left does not make one more step for every service";
  const canUseMore = sized.flatMap(({ definition: { name } }) => {
    const claim = needs.get(name);
    const share = shares.get(name);
    return claim && share && roundDown(mostOf(claim), mib(16)) > share.memory ? [name] : [];
  });
  if (canUseMore.length === 0) return "every service has the most that it can use";
  return (
    `a quarter of what the ideals leave is kept for containers and programs of yours beside the stack; ` +
    `${canUseMore.join(", ")} could use more as cache`
  );
}

function logsOf({ machine, logs, needs }: Budget, { definition }: SizedService): readonly Explanation[] {
  const share = logs.shares.get(definition.name);
  const wanted = needs.get(definition.name)?.logs;
  if (share === undefined || wanted === undefined) return [];
  return [
    {
      service: definition.name,
      setting: "logs",
      value: formatBytes(share),
      takes: "live",
      formula: "D = floor + t · (ideal − floor)",
      inputs: {
        disk: machine.disk === undefined ? "not known" : formatBytes(machine.disk),
        floor: formatBytes(wanted.floor),
        ideal: formatBytes(wanted.ideal),
      },
      source: "one t for all services, so that write-ahead, redo and binary logs take at most a quarter of the disk",
    },
  ];
}

function shareOf(budget: Budget, { definition, share }: SizedService): Explanation {
  const { machine, reserve, available, level, cacheLevel, squeeze } = budget;
  const needs = budget.needs.get(definition.name);
  return {
    service: definition.name,
    setting: "limits",
    value: `${formatBytes(share.memory)}, ${share.cpus} cpus${definition.instances.length > 1 ? " an instance" : ""}`,
    takes: "live",
    formula:
      "min(ideal, floor + λ · weight) of the memory, then min(most, ideal + κ · weight); " +
      "min(wanted, machine) · s of the cpus",
    inputs: {
      machine: `${formatBytes(machine.memory)}, ${machine.cpus} cpus`,
      reserve: formatBytes(reserve),
      available: formatBytes(available),
      ...(needs && {
        floor: exactly(needs.floor),
        ideal: exactly(needs.ideal),
        most: exactly(mostOf(needs)),
        weight: String(needs.weight),
        λ: `${(level / MIB).toFixed(3)} MiB`,
        κ: `${(cacheLevel / MIB).toFixed(3)} MiB`,
        "wanted cpus": String(needs.cpus),
        s: squeeze.toFixed(2),
      }),
      instances: String(definition.instances.length),
    },
    source:
      "one λ for all services, so that the sum is at most what is available, in steps of 16 MiB; if all ideals fit, " +
      "one κ hands out three quarters of what they leave, as cache; " +
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
