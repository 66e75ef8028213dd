/** The fixture's running half: its settings, and the token that its server issues. */
import { z } from "zod";
import { PlumblineError } from "../../../stack/core/errors.ts";
import type { Target } from "../../../stack/core/service/service.ts";
import { MIB } from "../../../stack/core/units.ts";
import type { LiveParts } from "../../../stack/services/kit/define.ts";
import { byLooking, type Step } from "../../../stack/services/kit/steps.ts";

const REQUEST_DEADLINE_MS = 5_000;

export const live: LiveParts = {
  connect: async (target) => {
    const { version } = await settingsOf(target);
    return {
      version: async () => version,
      read: async (names) => {
        const { heap, slots } = await settingsOf(target);
        const values = { heap: Number.parseInt(heap, 10) * MIB, slots: Number(slots) };
        return new Map(
          Object.entries(values).flatMap(([name, value]) => (names.includes(name) ? [[name, { value }] as const] : [])),
        );
      },
      apply: async () => void (await ask(target, "POST", "/reload")),
      close: async () => undefined,
    };
  },
  ...byLooking(async ([target], { issued }) => (target ? missingSteps(target, issued("token")?.password) : [])),
  ready: async ([target]) => {
    if (!target) throw new Error("the fixture was given no instance");
    const { reachable } = z.object({ reachable: z.boolean() }).parse(await ask(target, "GET", "/upstream"));
    if (!reachable) throw new Error("its database does not answer");
  },
};

const State = z.object({ state: z.enum(["unknown", "issued", "active"]) });
const Issued = z.object({ token: z.string() });

/** The token is used once it was kept, and from then on the server issues no other. */
async function missingSteps(target: Target, token: string | undefined): Promise<readonly Step[]> {
  const { state } = State.parse(await ask(target, "GET", "/token", token));
  if (state === "active") return [];
  if (state === "issued") {
    const take = async () => void (await ask(target, "POST", "/token/use", token));
    return [{ lacks: "use the token", done: "used the token", take }];
  }
  return [
    {
      lacks: "issue a token",
      done: "issued a token",
      take: async (keep) => {
        const { token: fresh } = Issued.parse(await ask(target, "POST", "/token"));
        const { password } = await keep("token", fresh);
        await ask(target, "POST", "/token/use", password);
      },
    },
  ];
}

const Settings = z.object({ heap: z.string(), slots: z.string(), version: z.string() });

async function settingsOf(target: Target): Promise<z.output<typeof Settings>> {
  return Settings.parse(await ask(target, "GET", "/settings"));
}

const CONFLICT = 409;

async function ask(target: Target, method: "GET" | "POST", path: string, token?: string): Promise<unknown> {
  const { user, password } = target.credentials("fixture", "app");
  const response = await fetch(`http://${target.host}:${target.port("http")}${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
      ...(token !== undefined && { "x-token": token }),
    },
    signal: AbortSignal.timeout(REQUEST_DEADLINE_MS),
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  if (response.status === CONFLICT) throw lost();
  throw new Error(`the fixture answered ${response.status} to ${method} ${path}: ${text}`);
}

function lost(): PlumblineError {
  return new PlumblineError("SECRETS_LOST", {
    what: "The fixture has issued a token that is not kept here",
    why: "it issues one, and the file secrets/fixture.token is gone",
    fix: "Restore it, or remove the data with `npm run destroy`",
  });
}
