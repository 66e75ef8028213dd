import { expect, test } from "vitest";
import { openClient } from "../../stack/docker/client.ts";

test.for<readonly [address: string, why: string]>([
  ["unix://", "unix://: it names no socket"],
  ["fd://", "only unix://, tcp:// and ssh:// are understood"],
  ["tcp://127.0.0.1:99999", "Invalid URL"],
])("%s must be refused before anything is sent", async ([address, why]) => {
  const refused: Promise<unknown> = openClient(address, {});
  await expect(refused).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
  await expect(refused).rejects.toHaveProperty("why", containing(why));
});

function containing(part: string): unknown {
  return expect.stringContaining(part);
}
