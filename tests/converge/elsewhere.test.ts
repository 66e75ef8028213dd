import { describe, expect, test } from "vitest";
import { elsewhere, listeningPorts } from "../../stack/converge/elsewhere.ts";
import { sign } from "../../stack/render/signature.ts";
import { registry } from "../../stack/services/index.ts";
import { desiredOf, profileOf } from "../support/core/stack.ts";
import { World } from "../support/fakes/world.ts";

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const row = (address: string, port: number, state = "0A") => {
  const [other, rest] = ["0".repeat(address.length), "00000000:00000000 00:00000000 00000000   999        0 4711 1"];
  return `   0: ${address}:${port.toString(16).toUpperCase().padStart(4, "0")} ${other}:0000 ${state} ${rest}`;
};
const [ANY, ANY6, RESOLVER] = ["00000000", "0".repeat(32), "0B00007F"];
const table = (...rows: readonly string[]) => [HEAD, ...rows].join("\n");

test("the ports that are listened on are those of both tables, without connections and the engine's resolver", () => {
  const text = `${table(row(ANY, 5672), row(RESOLVER, 40_123), row(ANY, 6000, "01"))}\n${table(row(ANY6, 15_672))}\n`;
  expect(listeningPorts(text)).toEqual(new Set([5672, 15_672]));
  expect(listeningPorts("")).toEqual(new Set());
});

const OWN = "port = 5999\n";

const BEHIND: Readonly<Record<string, object>> = { pgbouncer: { postgres: {} } };

/** What is said of a server of this service that listens on these ports. */
async function saidOf(
  service: string,
  ports: readonly number[],
  { state = "running", conf = OWN }: { readonly state?: "running" | "exited"; readonly conf?: string } = {},
) {
  const desired = desiredOf(profileOf({ services: { ...BEHIND[service], [service]: {} } }), { registry });
  const world = World.running(desired);
  const wanted = desired.services.find(({ name }) => name === service);
  const [instance] = wanted?.instances ?? [];
  if (!instance || !wanted) return expect.fail("no service");
  world.change(instance.name, { state });
  const exec = async () => ({ exitCode: 0, stdout: table(...ports.map((port) => row(ANY, port))), stderr: "" });
  return elsewhere({ exec, readFile: async () => conf }, wanted, instance, world.find(instance.name));
}

const noTool = async () => Promise.reject(new Error("no cat here"));

describe("a server that nobody reaches", () => {
  test.each([
    ["postgres", 5432, [5999]],
    ["redis", 6379, [5999, 16_379]],
    ["mysql", 3306, [5999]],
    ["rabbitmq", 5672, [4369, 25_672, 5999]],
  ])("must be told with both ports if it listens on another one: %s", async (service, port, listens) => {
    const error = await saidOf(service, listens);
    expect(error).toMatchObject({ code: "SERVICE_NOT_READY", details: { listens: [5999] } });
    expect(error?.what).toContain("listens on port 5999");
    expect(error?.what).toContain(`asked on ${port}`);
    expect(error?.fix).toContain("npm run up");
  });

  test.each([
    ["listens nowhere yet", "postgres", []],
    ["listens on its port", "mysql", [3306]],
    ["has only its inner ports yet", "rabbitmq", [4369, 25_672, 35_672]],
    ["has its bus only", "redis", [16_379]],
  ])("must be waited for while it %s", async (_, service, listens) => {
    expect(await saidOf(service, listens)).toBeUndefined();
  });

  test("must be told if it listens on no port although it listens before it does anything else", async () => {
    const error = await saidOf("pgbouncer", []);
    expect(error).toMatchObject({ code: "SERVICE_NOT_READY", details: { listens: [], asked: [6432] } });
    expect(error?.what).toBe("pgbouncer listens on no port, and is asked on 6432");
  });

  test("must be waited for if all of its conf files are Plumbline's", async () => {
    expect(
      await saidOf("rabbitmq", [4369, 41_234], { conf: sign("rabbitmq.conf", "listeners.tcp.default = 5672\n") }),
    ).toBeUndefined();
  });

  test("must be waited for while its container does not run or does not say", async () => {
    expect(await saidOf("postgres", [5999], { state: "exited" })).toBeUndefined();
    const desired = desiredOf(profileOf({ services: { postgres: {} } }), { registry });
    const [service] = desired.services;
    const [instance] = service?.instances ?? [];
    if (!service || !instance) return expect.fail("no service");
    const running = World.running(desired).find(instance.name);
    expect(await elsewhere({ exec: noTool, readFile: async () => OWN }, service, instance, running)).toBeUndefined();
  });
});
