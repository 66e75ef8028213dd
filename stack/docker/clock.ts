/** The clock of the engine's machine. */
import { z } from "zod";
import { QUICK_DEADLINE_MS, type Client } from "./client.ts";

const Info = z.object({ SystemTime: z.string().optional() });

/** The engine read its clock between the request and the answer: only what is outside of that time is a difference. */
export async function clockAheadMs(client: Client): Promise<number | undefined> {
  const askedAt = Date.now();
  const answer = await client.call("engine", "ask the engine for its time", QUICK_DEADLINE_MS, (): Promise<unknown> =>
    client.docker.info(),
  );
  const answeredAt = Date.now();
  const engineAt = Date.parse(Info.parse(answer).SystemTime ?? "");
  if (Number.isNaN(engineAt)) return undefined;
  if (engineAt < askedAt) return engineAt - askedAt;
  return Math.max(0, engineAt - answeredAt);
}
