/** Checks what surrounds a stack: variables of the shell, the kernel that its containers run on, its clock and limits. */
import type { MachineFacts } from "../../core/machine/facts.ts";
import { projectName } from "../../core/stack-names.ts";
import { OPEN_FILES } from "../../core/service/container.ts";
import { ignoredVariables, nodeVariables } from "../../host/foreign-variables.mjs";
import type { Host } from "../../host/host.ts";
import type { Discovery, FoundEngine } from "../request/discovery.ts";
import type { Wanted } from "../request/request.ts";
import { finding, ok, warning, type Finding } from "./check.ts";

export async function checkSurroundings(
  wanted: Wanted,
  discovery: Discovery,
  env: Variables = process.env,
): Promise<readonly Finding[]> {
  const checks = [
    finding("environment", () => checkEnvironment(env)),
    ...(discovery.kind === "engine"
      ? [
          finding("clock", () => checkClock(discovery)),
          finding("overcommit", () => checkOvercommit(wanted, discovery)),
          finding("open files", () => [checkOpenFiles(discovery.state.facts)]),
        ]
      : []),
  ];
  return (await Promise.all(checks)).flat();
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables that change Docker, Compose or a client by hand, and not Plumbline; and those that change its own Node. */
function checkEnvironment(env: Variables): readonly Finding[] {
  const [ignored, node] = [ignoredVariables(env), nodeVariables(env)];
  const found: Finding[] = [];
  if (ignored.length > 0) {
    const [are, them] = ignored.length === 1 ? ["is", "it"] : ["are", "them"];
    const words = `${ignored.join(", ")} ${are} set: Plumbline does not follow ${them}`;
    const remedy = "Unset what is not meant: commands by hand, such as `docker compose`, follow it.";
    found.push(warning("environment", words, remedy));
  }
  if (node.length > 0)
    found.push(
      warning(
        "environment",
        `${node.join(", ")} changes the Node.js that runs Plumbline`,
        "Unset it for this command.",
      ),
    );
  return found.length > 0 ? found : [ok("environment", "no variable changes Docker, Compose, Node.js or a client")];
}

/** Logins, certificates and measured times compare clocks; a request and its answer take less. */
const CLOCK_WARNING_MS = 2_000;

async function checkClock({ engine }: FoundEngine): Promise<readonly Finding[]> {
  const aheadMs = await engine.clockAheadMs();
  if (aheadMs === undefined) return [ok("clock", "not known: the engine does not say its time")];
  if (Math.abs(aheadMs) < CLOCK_WARNING_MS) return [ok("clock", "the engine's clock is this computer's")];
  const words = `the engine's clock is ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? "ahead of" : "behind"} this computer's`;
  const remedy =
    "Set it: a virtual machine falls behind while its computer sleeps, and is right after a stop and a start " +
    "(`npm run down -- --machine`, `npm run up`); elsewhere start its time service.";
  return [warning("clock", words, remedy)];
}

const OVERCOMMIT = "/proc/sys/vm/overcommit_memory";

/** Source: Documentation/mm/overcommit-accounting of the kernel, and Redis's own warning at its start. */
async function checkOvercommit(wanted: Wanted, discovery: FoundEngine): Promise<readonly Finding[]> {
  const mode = (await overcommitMode(wanted, discovery))?.trim();
  const remedy =
    "On the engine's machine: `sudo sysctl -w vm.overcommit_memory=1`, and a line in /etc/sysctl.d to keep it.";
  switch (mode) {
    case "1":
      return [ok("overcommit", "vm.overcommit_memory is 1")];
    case "0": {
      const words = "vm.overcommit_memory is 0: a server that forks to save its data may be refused the memory for it";
      return [warning("overcommit", words, remedy)];
    }
    case "2": {
      const words = "vm.overcommit_memory is 2: servers that reserve more memory than they use may not start";
      return [warning("overcommit", words, remedy)];
    }
    case undefined:
    default:
      return [ok("overcommit", "not known: the engine's kernel is seen only while a container of the stack runs")];
  }
}

async function overcommitMode(
  { host, stack }: Pick<Wanted, "host" | "stack">,
  { engine, state }: FoundEngine,
): Promise<string | undefined> {
  if (isThisComputer(host, state.facts)) return host.read(OVERCOMMIT);
  const running = (await engine.containers(projectName(stack))).find((container) => container.state === "running");
  if (running === undefined) return undefined;
  const { exitCode, stdout } = await engine.exec(running.id, ["cat", OVERCOMMIT]);
  return exitCode === 0 ? stdout : undefined;
}

/** Returns whether the engine uses this computer's own memory; the kernel rounds by half a percent. */
export function isThisComputer(host: Pick<Host, "memory">, facts: Pick<MachineFacts, "memory">): boolean {
  return Math.abs(facts.memory - host.memory) <= host.memory / 200;
}

function checkOpenFiles({ openFilesLimit }: MachineFacts): Finding {
  if (openFilesLimit === undefined) return ok("open files", `the engine can give a container ${OPEN_FILES}`);
  const words = `the engine can give a container ${openFilesLimit} open files`;
  if (openFilesLimit >= OPEN_FILES) return ok("open files", words);
  const remedy = `Start the engine with a higher limit (systemd: LimitNOFILE=${OPEN_FILES}; a shell: \`ulimit -n\`): many clients need it.`;
  return warning("open files", `${words}, fewer than ${OPEN_FILES}`, remedy);
}
