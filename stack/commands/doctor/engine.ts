/** Checks the engine and its machine: which one is used, whether the profile fits, whether the ports are free. */
import type { MachineFacts } from "../../core/machine/facts.ts";
import { planMachine } from "../../core/plan/machine-plan.ts";
import { actionText } from "../../core/plan/plan-text.ts";
import { bytes, formatBytes, type Bytes } from "../../core/units.ts";
import { projectName } from "../../core/stack-names.ts";
import { runtimes } from "../../runtimes/index.ts";
import { takenPorts } from "../../converge/ports.ts";
import type { Wanted } from "../request/request.ts";
import type { FoundEngine, Discovery } from "../request/discovery.ts";
import { sizeToLook } from "../request/sized-to-look.ts";
import { freeMemory as freeMemoryOf } from "../../core/desire/explain.ts";
import { canProvide, isGone } from "../request/no-runtime.ts";
import { finding, ok, problem, warning, type Finding } from "./check.ts";
import { engineDisk } from "./computer.ts";
import { checkRouting } from "./routing.ts";
import { checkRegistries } from "./registries.ts";
import { isThisComputer } from "./surroundings.ts";

export async function checkEngine(
  wanted: Wanted,
  discovery: Discovery,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const checks = [
    finding("runtime", () => checkRuntimes(wanted, discovery)),
    ...(discovery.kind === "engine"
      ? [
          finding("deployer", () => checkDeployer(discovery)),
          finding("machine", () => checkMachine(wanted, discovery)),
          finding("neighbours", () => checkRouting(wanted, discovery)),
          finding("engine disk", () => [engineDisk(discovery.state.facts.diskFree, wanted.profile.machine.disk)]),
          finding("registry", () => checkRegistries(wanted, discovery, signal)),
        ]
      : unaskedFindings(discovery)),
    finding("budget", () => checkBudget(wanted, discovery)),
    finding("ports", () => checkPorts(wanted, discovery)),
  ];
  return (await Promise.all(checks)).flat();
}

/** Says what was not checked because a machine that is there does not answer. */
function unaskedFindings(discovery: Exclude<Discovery, FoundEngine>): readonly Promise<readonly Finding[]>[] {
  if (discovery.kind !== "machine down" || discovery.state.state !== "broken") return [];
  const found = `could not be asked, and neither could containers, volumes, images and free space: ${discovery.state.reason}`;
  return [finding("engine", () => [warning("engine", found, "`npm run up` repairs the machine.")])];
}

/** Checks every runtime: which one is used, why the others are not, and what each one diagnoses about itself. */
async function checkRuntimes(wanted: Wanted, discovery: Discovery): Promise<readonly Finding[]> {
  const used = discovery.kind === "no runtime" ? undefined : discovery.runtime.name;
  const found = await Promise.all(
    runtimes.map(async ({ name, make }): Promise<readonly Finding[]> => {
      const isUsed = name === used && discovery.kind !== "no runtime";
      const runtime = isUsed ? discovery.runtime : make({ stack: wanted.stack, host: wanted.host });
      const detected = await runtime.detect();
      const check = `runtime ${name}`;
      if (detected.ok) {
        const diagnoses = await runtime.diagnose?.(isUsed ? discovery.state : undefined);
        return [ok(check, `${detected.detail} (${isUsed ? "used" : "works, not used"})`), ...(diagnoses ?? [])];
      }
      if (used !== undefined) return [ok(check, `not usable, and not needed: ${detected.why}`)];
      return [warning(check, detected.why, detected.fix)];
    }),
  );
  if (used !== undefined) return found.flat();
  if (discovery.kind === "no runtime" && isGone(wanted, discovery.none)) {
    const words = `the stack was brought up in ${wanted.runtime}, which is gone`;
    const remedy = `\`npm run up\` uses another runtime, without the volumes that are left in ${wanted.runtime}; other commands take \`--runtime auto\`.`;
    return [...found.flat(), problem("runtime", words, remedy)];
  }
  return [
    ...found.flat(),
    problem(
      "runtime",
      "no container engine can be used",
      canProvide(discovery.kind === "no runtime" ? discovery.none : [])
        ? "`npm run up` provides one, and says what it installs first: `npm run plan`."
        : "Follow the advice for one of them above: `npm run up` does not replace an engine that is there, or that a variable or context names.",
    ),
  ];
}

async function checkDeployer({ runtime }: FoundEngine): Promise<readonly Finding[]> {
  return [await runtime.deploy.diagnose()];
}

function checkMachine({ profile }: Wanted, { runtime, state }: FoundEngine): readonly Finding[] {
  const { cpus, memory, cgroupVersion, engineVersion, operatingSystem } = state.facts;
  const plan = planMachine(runtime, state, profile.machine);
  const what = `${cpus} cpus, ${formatBytes(memory)}; engine ${engineVersion} on ${operatingSystem}, cgroup version ${cgroupVersion}`;
  return [
    ok("machine", what),
    ...plan.actions.map((action) =>
      warning("machine", `${actionText(action)}: ${action.cause}`, "`npm run up` does it."),
    ),
    ...plan.notes.map((note) =>
      warning("machine", note, "The stack is sized for what is there; a smaller profile fits better."),
    ),
  ];
}

async function checkBudget(wanted: Wanted, discovery: Discovery): Promise<readonly Finding[]> {
  const { budget, sized, warnings, refusals } = await sizeToLook(wanted, discovery);
  const given = warnings.map((text) =>
    warning("given settings", text, "Correct the value in the profile, or keep it."),
  );
  if (refusals.length > 0)
    return [...refusals.map((text) => problem("budget", text, "Correct the value in the profile.")), ...given];
  const fits = `${sized.length} services take ${formatBytes(budget.spent)} of ${formatBytes(budget.available)}, ${formatBytes(budget.reserve)} are kept for the system, and ${formatBytes(freeMemoryOf(budget))} stay free (\`npm run explain machine\` tells why)`;
  const free = discovery.kind === "engine" ? await freeMemory(wanted, discovery.state.facts) : undefined;
  if (free === undefined || free >= budget.spent || (await isUp(wanted, discovery)))
    return [ok("budget", fits), ...given];
  return [
    ...given,
    warning(
      "budget",
      `${fits}, and ${formatBytes(free)} are free now`,
      "End what uses the memory, or use a smaller profile.",
    ),
  ];
}

/** Resolves MemAvailable of proc(5), if the engine uses this computer's own memory. */
async function freeMemory({ host }: Wanted, facts: MachineFacts): Promise<Bytes | undefined> {
  if (!isThisComputer(host, facts)) return undefined;
  const found = /^MemAvailable:\s+(\d+) kB$/m.exec((await host.read("/proc/meminfo")) ?? "");
  return found ? bytes(Number(found[1]) * 1024) : undefined;
}

async function isUp({ stack }: Wanted, discovery: Discovery): Promise<boolean> {
  if (discovery.kind !== "engine") return false;
  return (await discovery.engine.containers(projectName(stack))).some(({ state }) => state === "running");
}

async function checkPorts({ stack, services, profile }: Wanted, discovery: Discovery): Promise<readonly Finding[]> {
  const containers = discovery.kind === "engine" ? await discovery.engine.containers(projectName(stack)) : [];
  const instances = services.flatMap(({ instances, ports }) =>
    instances.map((name) => ({
      name,
      ports: ports
        .filter(({ instance }) => instance === name)
        .map(({ defaultHostPort }) => ({ published: defaultHostPort + profile.portOffset })),
    })),
  );
  const taken = await takenPorts(discovery.runtime, instances, containers);
  if (taken.length === 0) return [ok("ports", "free, or held by this stack")];
  return taken.map(({ port, instance, by, forwarded }) =>
    problem(
      "ports",
      `${port} (for ${instance}) is taken by ${by ?? "an unknown process"}`,
      forwarded
        ? "Leave that process: it connects the machine. `npm run up` releases the port if no container has it."
        : "End that process, set `portOffset` in the profile, or name another stack with --stack.",
    ),
  );
}
