import { createServer, connect } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openProxy } from "./delay.ts";

/** Sends every chunk back, any number of times. */
const echo = createServer((socket) => socket.pipe(socket));
let port = 0;

beforeAll(async () => {
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  const address = echo.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});

afterAll(() => {
  echo.close();
});

async function roundTripMs(to: number): Promise<number> {
  const socket = connect({ port: to, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const durations: number[] = [];
  for (let trip = 0; trip < 30; trip += 1) {
    const before = performance.now();
    socket.write("ping");
    await once(socket, "data");
    durations.push(performance.now() - before);
  }
  socket.destroy();
  return Math.min(...durations);
}

describe("the slower way", () => {
  test("is longer than the direct one by what was asked for, and passes everything on", async () => {
    const proxy = await openProxy(port, 20);
    expect(await roundTripMs(proxy.port)).toBeGreaterThan((await roundTripMs(port)) + 15);
    proxy.close();
  });

  test("is gone when it is closed", async () => {
    const proxy = await openProxy(port, 1);
    proxy.close();
    await proxy.gone;
    const refused = once(connect({ port: proxy.port, host: "127.0.0.1" }), "connect");
    await expect(refused).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
