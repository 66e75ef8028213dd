import { expect, test } from "vitest";
import { agentStack, type AgentParts } from "../../support/core/agent.ts";
import { desiredOf, profileOf, shippedStack, type StackParts } from "../../support/core/stack.ts";

function agentWith(parts: AgentParts, stack: StackParts = {}) {
  return agentStack(parts, stack).services[0]?.instances[0]?.confinement ?? expect.fail("no agent");
}

test("a container must have nothing that its service does not ask for", () => {
  expect(agentWith({})).toEqual({
    privileged: false,
    addedCapabilities: [],
    droppedCapabilities: ["ALL"],
    securityOptions: ["no-new-privileges:true"],
    processes: 1024,
    openFiles: 65_536,
    readOnlyRoot: false,
    sharedNamespaces: [],
    groups: [],
    devices: [],
    ports: [],
    mounts: [],
    networks: ["plumbline-data"],
    user: "",
    otherOptions: [],
  });
});

test("a container must have what its service asks for", () => {
  const asked = {
    capabilities: ["CHOWN"],
    groups: ["adm"],
    readOnlyRoot: true,
    pidMode: "host",
    user: "65534:65534",
    networks: ["observability", "data"],
  } as const;
  expect(agentWith({ container: asked })).toMatchObject({
    addedCapabilities: ["CHOWN"],
    groups: ["adm"],
    readOnlyRoot: true,
    sharedNamespaces: ["pid: host"],
    user: "65534:65534",
    networks: ["plumbline-observability", "plumbline-data"],
  });
});

const limitOf = (processes: number) => agentWith({ container: { processes } }).processes;

test("the limit of processes must be a power of two that holds what is asked for, and at least every container's", () => {
  expect([0, 10, 1024, 1025, 3000, 4096].map(limitOf)).toEqual([1024, 1024, 1024, 2048, 4096, 4096]);
});

const identityOn = (parts: StackParts) => agentStack({}, parts).services[0]?.instances[0]?.identity;

test("no limit of processes must be wanted of an engine that keeps none, and the container be another then", () => {
  const engine: StackParts = { engine: { limitsProcesses: false } };
  expect(agentWith({ container: { processes: 3000 } }, engine).processes).toBe(0);
  expect(identityOn(engine)).not.toBe(identityOn({}));
  expect(identityOn({ engine: { limitsProcesses: true } })).toBe(identityOn({}));
});

test("ports must be on the loopback address, and mounts those of this stack, with every credential", () => {
  const [store] = desiredOf(profileOf({ portOffset: 100 }), { stack: "shop" }).services;
  expect(store?.instances[0]?.confinement).toMatchObject({
    ports: ["127.0.0.1:7100:7000/tcp"],
    mounts: [
      { source: "plumbline-shop-store-1-data", target: "/data", writable: true },
      { source: "./conf/store-1", target: "/etc/plumbline", writable: false },
      { source: "./secrets/store.app", target: "/run/secrets/store.app", writable: false },
    ],
  });
});

/** What the entry points need: those that begin as root become the server's user. */
const CAPABILITIES: Readonly<Record<string, readonly string[]>> = {
  postgres: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"],
  mysql: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"],
  rabbitmq: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"],
  redis: ["CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID"],
};

test("of the real services only those whose entry point begins as root must have capabilities, and these alone", async () => {
  for (const { name, instances } of (await shippedStack("observed")).services) {
    for (const { confinement } of instances) {
      expect([name, confinement.addedCapabilities]).toEqual([name, CAPABILITIES[name] ?? []]);
      expect(confinement).toMatchObject({ droppedCapabilities: ["ALL"], privileged: false, devices: [] });
      expect(confinement.readOnlyRoot).toBe(name.endsWith("-exporter"));
    }
  }
});
