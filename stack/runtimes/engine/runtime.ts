/** The runtime `engine`: any Docker engine that answers, on a machine that is used as it is. */
import { PlumblineError, messageOf } from "../../core/errors.ts";
import type { Detection, MachineShell, Runtime } from "../../core/machine/runtime.ts";
import type { MachineAction, MachineState } from "../../core/machine/machine.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { realHost, type Host } from "../../host/host.ts";
import { registryCredentials } from "../../host/registry-credentials.ts";
import { openEngine } from "../../docker/engine.ts";
import { composeDeployer, publishedHere } from "../compose/deployer.ts";
import { engineAddresses, isRemote } from "../../docker/address.ts";
import type { Address, AddressHost } from "../../docker/address.ts";

const NAME = "engine";

const START_FIX = "Start it (`systemctl start docker`, or Docker Desktop), or let `npm run up` install one.";

/** There is no engine at all, which differs from one that does not answer. */
const NO_ADDRESS = new PlumblineError("ENGINE_UNREACHABLE", {
  what: "Could not reach a Docker engine",
  why: "DOCKER_HOST is not set, no Docker context is chosen, and no usual socket exists",
  fix: START_FIX,
});

/** Makes the runtime. Looks for an address at each call until an engine answers, then keeps it. */
export function engineRuntime(host: AddressHost & Pick<Host, "run" | "isRoot"> = realHost()): Runtime {
  let opened: Promise<Engine> | undefined;
  const engine = async () => {
    opened ??= connect(host);
    try {
      return await opened;
    } catch (error) {
      opened = undefined; // forgets the failure: the engine may be started before the next call
      throw error;
    }
  };
  return {
    name: NAME,
    features: { machine: false, mounts: true },
    engine,
    deploy: composeDeployer({ runtime: NAME, engine, env: host.env }),
    endpoint: publishedHere,
    detect: async (): Promise<Detection> => {
      try {
        const { address } = await engine();
        return { ok: true, detail: address };
      } catch (error) {
        if (error instanceof PlumblineError) {
          const { code, why, fix } = error;
          return { ok: false, why, fix, absent: error === NO_ADDRESS, ...(code === "ENGINE_REMOTE" ? { code } : {}) };
        }
        return { ok: false, why: messageOf(error), fix: START_FIX };
      }
    },
    observe: () => observe(engine),
    apply: (action) => Promise.reject(immutable(action)),
    limits: () => [],
    // Elsewhere the engine is in a virtual machine.
    ...(host.platform === "linux" ? { machineShell: shellHere(host) } : {}),
    teardown: async () => {}, // the machine existed before Plumbline, and stays
  };
}

/** Listing and changing rules of the firewall takes milliseconds, or a few seconds while another program does so. */
const SHELL_DEADLINE_MS = 10_000;

/** An interrupted run still ends what it does to the rules: those of a stack that is gone would stay for ever. */
function shellHere(host: Pick<Host, "run" | "isRoot">): MachineShell {
  const limits = { timeoutMs: SHELL_DEADLINE_MS, signal: undefined };
  return { isRoot: host.isRoot, run: (argv) => host.run(argv, limits) };
}

/** An engine that does not answer any more may still run containers: that is no absent machine. */
async function observe(engine: () => Promise<Engine>): Promise<MachineState> {
  try {
    const facts = await (await engine()).facts();
    return { state: "running", configured: undefined, facts };
  } catch (error) {
    if (error === NO_ADDRESS) return { state: "absent" };
    if (error instanceof PlumblineError && error.code === "ENGINE_UNREACHABLE")
      return { state: "broken", reason: error.why };
    throw error;
  }
}

/**
 * Connects to the first address that answers. Rejects with the reasons of all: ENGINE_UNREACHABLE, or ENGINE_REMOTE.
 */
async function connect(host: AddressHost & Pick<Host, "run">): Promise<Engine> {
  const addresses = await engineAddresses(host);
  if (addresses.length === 0) throw NO_ADDRESS;
  const failures: PlumblineError[] = [];
  for (const candidate of addresses) {
    if (isRemote(candidate.address)) throw remote(candidate);
    try {
      return await openEngine(candidate.address, host.env, registryCredentials(host));
    } catch (error) {
      if (!(error instanceof PlumblineError)) throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  throw new PlumblineError("ENGINE_UNREACHABLE", {
    what: "Could not reach a Docker engine",
    why: failures.map((failure, index) => `${failure.why} (${addresses[index]?.origin ?? ""})`).join("; "),
    fix: first?.why.includes("EACCES") ? first.fix : startFix(addresses[0]),
    cause: first,
  });
}

/** If an address is named, no other engine is tried, and an installed one would not be used. */
function startFix(first: Address | undefined): string {
  if (first?.origin === "DOCKER_HOST") return "Start that engine, or unset DOCKER_HOST.";
  if (first === undefined || first.origin === "socket") return START_FIX;
  return "Start that engine, or choose another one: `docker context use default`.";
}

function remote({ address, origin }: Address): PlumblineError {
  return new PlumblineError("ENGINE_REMOTE", {
    what: "The engine runs on another machine",
    why: `${address} (${origin}): conf files of this computer cannot be mounted there`,
    fix: "Unset DOCKER_HOST or choose a local Docker context, or run Plumbline on that machine.",
  });
}

function immutable(action: MachineAction): PlumblineError {
  const why = "the engine's machine was not made by Plumbline: its cpus, memory and disk are taken as they are";
  return new PlumblineError("MACHINE_IMMUTABLE", {
    what: `The runtime engine cannot carry out ${action.kind}`,
    why,
    fix: "Change the machine by its own means, or choose a runtime that makes one with `--runtime`.",
  });
}
