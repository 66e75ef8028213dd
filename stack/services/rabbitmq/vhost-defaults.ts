/** Limits and operator policies that the profile gives each new vhost whose name matches a pattern. Pure. */
import type { Judgement, SettingValues } from "../../core/service/setting-rules.ts";
import { BENCH_VHOST } from "./definitions.ts";

/** RabbitMQ's rabbit_db_vhost_defaults: without a pattern they are for every vhost. */
const EVERY = ".*";

const LIMITS = /^(default_limits\.vhosts\.[^.]+)\.(.+)$/;
const POLICIES = /^(default_policies\.operator\.[^.]+)\.(.+)$/;

/**
 * Judges what the one-time steps would take away: what the benchmarks' vhost gets, which is measured without it, and a
 * limit of 0 in the application's vhost, which nobody could use.
 */
export function judgeVhostDefaults(settings: SettingValues, vhost: string): readonly Judgement[] {
  return [
    ...groupsIn(settings, LIMITS, "pattern").flatMap((group) => judgeLimits(group, vhost)),
    ...groupsIn(settings, POLICIES, "vhost_pattern").flatMap((group) => measured(group, "an operator policy", vhost)),
  ];
}

/** A limit below 0 is none. */
function judgeLimits(group: Group, vhost: string): readonly Judgement[] {
  const limits = [...group.others].filter(([, value]) => Number(value) >= 0);
  const zero = limits.filter(([, value]) => Number(value) === 0).map(([name]) => name);
  if (zero.length > 0 && matches(vhost, group.given)) return zero.map((name) => closed(name, vhost));
  return limits.length === 0 ? [] : measured(group, "limits", vhost);
}

function measured({ pattern, given, others }: Group, what: string, vhost: string): readonly Judgement[] {
  if (!matches(BENCH_VHOST, given)) return [];
  const found = `${what} for vhosts like ${given}`;
  const word = pattern.split(".").at(-1);
  const expected = `a ${word} that leaves ${BENCH_VHOST} out, such as ^${vhost}$: the benchmarks run without it`;
  return [{ settings: [pattern, ...others.keys()], severity: "warned", found, expected }];
}

function closed(name: string, vhost: string): Judgement {
  const expected = "at least 1, or -1 for no limit";
  return { settings: [name], severity: "refused", found: `0, with which nobody can use the vhost ${vhost}`, expected };
}

/** Settings of one name: "default_limits.vhosts.1.*". */
interface Group {
  /** The setting that holds the pattern of vhosts. */
  readonly pattern: string;
  /** Its value. */
  readonly given: string;
  /** The other settings, by name. */
  readonly others: ReadonlyMap<string, string>;
}

function groupsIn(settings: SettingValues, key: RegExp, word: string): readonly Group[] {
  const found = [...settings].flatMap(([name, value]) => {
    const prefix = key.exec(name)?.[1];
    return prefix === undefined ? [] : [{ pattern: `${prefix}.${word}`, name, value: String(value).trim() }];
  });
  return [...new Set(found.map(({ pattern }) => pattern))].map((pattern) => {
    const own = found.filter((one) => one.pattern === pattern).map(({ name, value }) => [name, value] as const);
    const given = own.find(([name]) => name === pattern)?.[1] ?? EVERY;
    return { pattern, given, others: new Map(own.filter(([name]) => name !== pattern)) };
  });
}

/** RabbitMQ looks for the pattern anywhere in the name. False for one of Erlang's own that JavaScript cannot read. */
function matches(vhost: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(vhost);
  } catch {
    return false;
  }
}
