import { describe, expect, test } from "vitest";
import { keep } from "../../../stack/services/kit/kept.ts";

function connections() {
  const open = new Set<number>();
  let opened = 0;
  const kept = keep(
    async () => {
      opened += 1;
      open.add(opened);
      return opened;
    },
    async (client) => void open.delete(client),
  );
  return { kept, open };
}

const itself = async (client: number) => client;

describe("a kept connection", () => {
  test("is opened once for all requests, at the first", async () => {
    const { kept, open } = connections();
    expect([...open]).toEqual([]);
    expect(await Promise.all([kept.ask(itself), kept.ask(itself)])).toEqual([1, 1]);
    expect(await kept.ask(itself)).toBe(1);
  });

  test("is replaced after a request that failed", async () => {
    const { kept, open } = connections();
    await expect(kept.ask(() => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
    expect([...open]).toEqual([]);
    expect(await kept.ask(itself)).toBe(2);
  });

  test("is closed once, and opened again where somebody asks later", async () => {
    const { kept, open } = connections();
    await kept.close();
    await kept.ask(itself);
    await kept.close();
    await kept.close();
    expect([...open]).toEqual([]);
    expect(await kept.ask(itself)).toBe(2);
  });
});
