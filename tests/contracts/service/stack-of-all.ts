/** One stack with every service of a list, brought up once for all live tests of the contract. */
import type { ConfiguredService, LiveService, PrepareInput } from "../../../stack/core/service/service.ts";
import type { Credential } from "../../../stack/core/service/credential.ts";
import { eventually, MACHINE, openLab, WORKLOAD, type Server } from "../../support/live/server.ts";

export interface StackMember {
  readonly live: LiveService;
  readonly servers: readonly Server[];
  readonly input: PrepareInput;
  /** What `lacks` named on the new server, and what `prepare` then did. */
  readonly lacked: readonly string[];
  readonly prepared: readonly string[];
}

export interface StackOfAll {
  readonly member: (service: ConfiguredService) => StackMember;
  close(): Promise<void>;
}

/** Every service has what it would have at best on the tests' machine. All start at once. */
export async function openStackOfAll(services: readonly ConfiguredService[]): Promise<StackOfAll> {
  const lab = await openLab(services);
  try {
    const members = await Promise.all(
      services.map(async (service) => {
        const { ideal, cpus } = service.needs({ machine: MACHINE, workload: WORKLOAD });
        const share = { memory: ideal, cpus: Math.min(cpus, MACHINE.cpus) };
        const servers = await Promise.all(service.instances.map((instance) => lab.start(service, { instance, share })));
        return [service.name, await prepared(await service.live(), servers)] as const;
      }),
    );
    const byName = new Map(members);
    const member = ({ name }: ConfiguredService): StackMember => {
      const found = byName.get(name);
      if (!found) throw new Error(`${name} is no member of this stack`);
      return found;
    };
    for (const { live, servers } of byName.values()) {
      await eventually(() => live.ready(servers.map(({ target }) => target)));
    }
    return { member, close: () => lab.close() };
  } catch (error) {
    await lab.close();
    throw error;
  }
}

async function prepared(live: LiveService, servers: readonly Server[]): Promise<StackMember> {
  const targets = servers.map(({ target }) => target);
  const input = inputOf(servers);
  await answering({ live, servers });
  const lacked = await live.lacks(targets, input);
  return { live, servers, input, lacked, prepared: await live.prepare(targets, input) };
}

/** Waits until every server takes a connection. */
export async function answering({ live, servers }: Pick<StackMember, "live" | "servers">): Promise<void> {
  await Promise.all(servers.map(({ target }) => eventually(async () => (await live.connect(target)).close())));
}

/** Keeps what servers issue for as long as the tests run. */
function inputOf(servers: readonly Server[]): PrepareInput {
  const kept = new Map<string, Credential>();
  return {
    grants: servers[0]?.input.grants ?? [],
    issued: (name) => kept.get(name),
    signal: new AbortController().signal,
    keep: async (of, password) => {
      const name = typeof of === "string" ? of : `${of.to}.${of.grant}`;
      const credential = { user: name, password, scramSha256: "", sha256: "", saltedSha256: "" };
      kept.set(name, credential);
      return credential;
    },
  };
}
