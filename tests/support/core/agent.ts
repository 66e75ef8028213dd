/** A service of one container whose definition a test gives: what it may have of its machine, networks and secrets. */
import { z } from "zod";
import type { Desired } from "../../../stack/core/desire/desire.ts";
import type { ConfFile, ContainerSpec, Service } from "../../../stack/core/service/service.ts";
import { mib } from "../../../stack/core/units.ts";
import { defineService } from "../../../stack/services/kit/define.ts";
import { desiredOf, profileOf, type StackParts } from "./stack.ts";

export interface AgentParts {
  readonly container?: Partial<ContainerSpec>;
  readonly files?: readonly ConfFile[];
  readonly image?: string;
}

function agent({ container = {}, files = [], image = "agent:1" }: AgentParts): Service {
  return defineService({
    name: "agent",
    title: "An agent",
    options: z.strictObject({}),
    configure: () => ({
      instances: ["agent"],
      image: { sources: [{ kind: "registry", reference: image }] },
      ports: [],
      credentials: [],
      needs: () => ({ floor: mib(32), ideal: mib(64), weight: 1, cpus: 1 }),
      tune: () => [],
      spell: String,
      files: () => files,
      container: () => ({ environment: {}, volumes: {}, secrets: [], stopGraceSeconds: 1, ...container }),
      failures: [],
      live: () => Promise.reject(new Error("a test's agent has no client")),
    }),
  });
}

/** The stack of this agent alone. */
export function agentStack(parts: AgentParts, stack: StackParts = {}): Desired {
  return desiredOf(profileOf({ services: { agent: {} } }), { registry: new Map([["agent", agent(parts)]]), ...stack });
}
