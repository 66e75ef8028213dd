import { describe, expect, test } from "vitest";
import { targetOf } from "../../stack/converge/targets.ts";
import type { Network } from "../../stack/core/service/container.ts";
import { agentStack } from "../support/core/agent.ts";
import { containerOf } from "../support/report/fixtures.ts";
import { fakeRuntime } from "../support/fakes/runtime.ts";
import { fakeEngine } from "../support/fakes/engine.ts";

/** The address of an agent on these networks, as the engine lists what its container has. */
function addressOf(networks: readonly Network[], listed: Readonly<Record<string, string>>): string | undefined {
  const [instance] = agentStack({ container: { networks } }).services.flatMap(({ instances }) => instances);
  if (!instance) throw new Error("no agent");
  const containers = new Map([["agent", containerOf("agent", { state: "running", networks: listed })]]);
  const engine = fakeEngine();
  return targetOf(instance, { engine, runtime: fakeRuntime(engine), containers })?.address;
}

describe("the address of a container", () => {
  const listed = { "plumbline-app": "10.0.1.2", "plumbline-data": "10.0.2.2", "plumbline-secrets": "10.0.3.2" };

  test("on several networks is the one of the network that its service names first", () => {
    expect(addressOf(["secrets", "app", "data"], listed)).toBe("10.0.3.2");
    expect(addressOf(["data", "app", "secrets"], listed)).toBe("10.0.2.2");
  });

  test("is that of any network where the engine gave none on the first, and none where it gave none", () => {
    expect(addressOf(["data"], { "plumbline-data": "", other: "10.0.4.2" })).toBe("10.0.4.2");
    expect(addressOf(["data"], { "plumbline-data": "" })).toBeUndefined();
  });
});
