import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import type { EngineFacts } from "../../stack/core/desire/desire.ts";
import type { ConfFile, ContainerSpec } from "../../stack/core/service/service.ts";
import { renderCompose } from "../../stack/render/compose.ts";
import { containersOf } from "../../stack/render/container.ts";
import { agentStack } from "../support/core/agent.ts";

const document = z.looseObject({
  services: z.record(z.string(), z.looseObject({ networks: z.array(z.string()), volumes: z.array(z.unknown()) })),
  networks: z.record(z.string(), z.object({ name: z.string() })),
});

const files: readonly ConfFile[] = [{ path: "agent.conf", text: "" }];

/** The parsed compose.yaml of a stack, and the agent in it. */
function composed(container: Partial<ContainerSpec>, engine: EngineFacts = {}) {
  const text = renderCompose(agentStack({ container, files }, { engine }));
  const read = document.parse(parse(text));
  return { text, networks: read.networks, agent: read.services["agent"] };
}

const bind = (source: string, target: string) => ({ type: "bind", source, target, read_only: true });
const CONF = bind("./conf/agent", "/etc/plumbline");

describe("a container", () => {
  test("must have the open files that every container has, more where its service asks for more, and what its engine can give", () => {
    expect(composed({}).agent).toMatchObject({ ulimits: { nofile: { soft: 65_536, hard: 65_536 } } });
    expect(composed({ openFiles: 200_000 }).agent).toMatchObject({
      ulimits: { nofile: { soft: 200_000, hard: 200_000 } },
    });
    expect(composed({}, { openFilesLimit: 20_000 }).agent).toMatchObject({ ulimits: { nofile: { hard: 20_000 } } });
    expect(composed({ openFiles: 1024 }).agent).toMatchObject({ ulimits: { nofile: { soft: 65_536 } } });
  });

  test("must be on the network of the data alone, unless its service names others, which are then made", () => {
    const { agent, networks } = composed({});
    expect([agent?.networks, networks]).toEqual([["data"], { data: { name: "plumbline-data" } }]);
    const several = composed({ networks: ["secrets", "observability"] });
    expect(several.agent?.networks).toEqual(["secrets", "observability"]);
    expect(Object.keys(several.networks)).toEqual(["data", "secrets", "observability"]);
  });

  test("must see of its machine what its service reads there, and never be able to write to it", () => {
    const { agent } = composed({
      mounts: [
        { kind: "host", source: "/proc", target: "/host/proc" },
        { kind: "host", source: "/", target: "/host/root" },
      ],
    });
    expect(agent?.volumes).toEqual([CONF, bind("/proc", "/host/proc"), bind("/", "/host/root")]);
  });

  test("must not mount a folder of conf files that its service does not have, and be another container then", () => {
    const [without, having] = [agentStack({}), agentStack({ files })];
    expect(containersOf(without)[0]?.mounts).toEqual([]);
    expect(containersOf(having)[0]?.mounts).toHaveLength(1);
    const [one, other] = [without, having].map(({ services }) => services[0]?.instances[0]?.identity);
    expect(one).not.toBe(other);
  });

  test("must find the engine's socket where its machine has it", () => {
    const mounts = [{ kind: "engine-socket", target: "/var/run/docker.sock" }] as const;
    expect(composed({ mounts }).agent?.volumes).toContainEqual(bind("/var/run/docker.sock", "/var/run/docker.sock"));
    const rootless = composed({ mounts }, { engineSocket: "/run/user/1000/docker.sock" }).agent;
    expect(rootless?.volumes).toContainEqual(bind("/run/user/1000/docker.sock", "/var/run/docker.sock"));
  });

  test("must have the rights that its service asks for, and without asking no more than any other", () => {
    const every = { cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"], pids_limit: 1024 };
    const rights = { cap_add: ["SYS_PTRACE"], group_add: ["adm"], read_only: true, pid: "host" };
    const asked = composed({ capabilities: ["SYS_PTRACE"], groups: ["adm"], readOnlyRoot: true, pidMode: "host" });
    expect(asked.agent).toMatchObject({ ...every, ...rights });
    expect(composed({}).agent).toMatchObject(every);
    for (const right of Object.keys(rights)) expect(composed({}).agent).not.toHaveProperty(right);
  });

  test("must have the processes that every container may have, more where its service asks for more, and what its engine limits", () => {
    expect(composed({ processes: 3000 }).agent).toMatchObject({ pids_limit: 4096 });
    expect(composed({ processes: 3000 }, { limitsProcesses: false }).agent).not.toHaveProperty("pids_limit");
  });

  test("must find its secret files, whose contents are nowhere in the compose file", () => {
    const { agent, text } = composed({ secretFiles: [{ path: "tls/my.cnf", text: "password=hush" }] });
    expect(agent?.volumes).toContainEqual(bind("./secrets/files/agent/tls/my.cnf", "/run/secrets/tls/my.cnf"));
    expect(text).not.toContain("hush");
  });
});

test("what a container has must be plain data, for other ways to deploy than Compose", () => {
  const [container] = containersOf(
    agentStack({ files, container: { volumes: { "/data": "data" } } }, { stack: "mine" }),
  );
  expect(container).toMatchObject({
    instance: "agent",
    name: "plumbline-mine-agent",
    mounts: [
      { kind: "volume", volume: "agent-data", target: "/data" },
      { kind: "bind", source: "./conf/agent", target: "/etc/plumbline" },
    ],
    networks: ["data"],
    confinement: { openFiles: 65_536 },
  });
});
