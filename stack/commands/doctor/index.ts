/** `doctor`: everything that could go wrong, looked at before it does. */
import type { Diagnosis } from "../../core/results/diagnosis.ts";
import { messageOf } from "../../core/errors.ts";
import { readWantedOrDefault } from "../down.ts";
import { readWanted, type StackOptions, type Wanted } from "../request/request.ts";
import { lookForEngine } from "../request/discovery.ts";
import { finding, ok, type Finding } from "./check.ts";
import { checkComputer } from "./computer.ts";
import { checkEngine } from "./engine.ts";
import { checkLeftovers } from "./leftovers.ts";

export interface Examined extends Diagnosis {
  /** What was done about it. */
  readonly fixed?: string;
}

/** Looks at everything; with `fix`, mends what can be mended without loss. Rejects with WRONG_USAGE only. */
export async function examine(
  options: StackOptions,
  { fix }: { readonly fix: boolean },
): Promise<{ readonly stack: string; readonly profile: string | undefined; readonly checks: readonly Examined[] }> {
  let profile: string | undefined;
  const readable = await finding("profile", async () => {
    const wanted = await readWanted(options);
    profile = wanted.profileReference;
    return [ok("profile", `${wanted.profileReference}: ${Object.keys(wanted.profile.services).join(", ")}`)];
  });
  const wanted = profile === undefined ? await orNothing(options) : await readWanted(options);
  const findings = [...(await checkComputer()), ...readable, ...(wanted ? await checkStack(wanted) : [])];
  const checks: Examined[] = [];
  for (const found of findings) checks.push(fix ? await repaired(found) : plain(found));
  return { stack: options.stack, profile, checks };
}

/** With a profile that cannot be read the rest is still worth a look, as far as another profile can show it. */
async function orNothing({ stack, runtime }: StackOptions): Promise<Wanted | undefined> {
  try {
    return await readWantedOrDefault({ stack, ...(runtime === undefined ? {} : { runtime }) });
  } catch {
    return undefined;
  }
}

async function checkStack(wanted: Wanted): Promise<readonly Finding[]> {
  const parts: Finding[] = [];
  const failure = await finding("engine", async () => {
    const sight = await lookForEngine(wanted);
    parts.push(...(await checkEngine(wanted, sight)), ...(await checkLeftovers(wanted, sight)));
    return [];
  });
  return [...parts, ...failure];
}

async function repaired(found: Finding): Promise<Examined> {
  if (!found.repair) return plain(found);
  try {
    return { ...plain(found), status: "ok", fixed: await found.repair() };
  } catch (error) {
    return { ...plain(found), remedy: `It could not be mended (${messageOf(error)}). ${found.remedy ?? ""}`.trim() };
  }
}

function plain({ repair: _repair, ...found }: Finding): Examined {
  return found;
}
