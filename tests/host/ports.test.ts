import { createServer } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commandLineOf, isPortFree, listenerInLsof, listenerOf, listeningSockets } from "../../stack/host/ports.ts";

const LOOPBACK = "127.0.0.1";

describe("a port", () => {
  const server = createServer();
  let port = 0;
  beforeEach(async () => {
    server.listen(0, LOOPBACK);
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("it has no port");
    ({ port } = address);
  });
  afterEach(async () => {
    if (server.listening) await once(server.close(), "close");
  });

  test("that somebody listens on is taken, and free again afterwards", async () => {
    expect(await isPortFree(port, LOOPBACK)).toBe(false);
    await once(server.close(), "close");
    expect(await isPortFree(port, LOOPBACK)).toBe(true);
  });

  test("that this process listens on is named with it", async () => {
    expect(await listenerOf(port)).toMatchObject({ pid: process.pid });
    await once(server.close(), "close");
    expect(await listenerOf(port)).toBeUndefined();
  });
});

test("of the kernel's table only the sockets that listen on the port count", () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1538 0100007F:8A2C 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1
   2: 0100007F:1539 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0`;
  expect(listeningSockets(table, 5432)).toEqual(["socket:[4711]"]);
  expect(listeningSockets(table, 80)).toEqual([]);
});

test("lsof names a process and its id", () => {
  expect(listenerInLsof("p812\ncnginx\nf6\n")).toEqual({ name: "nginx", pid: 812 });
  expect(listenerInLsof("")).toBeUndefined();
});

test("the arguments of a process are known, and of one that is gone there are none", async () => {
  expect(await commandLineOf(process.pid)).toContain("node");
  expect(await commandLineOf(2 ** 30)).toBe("");
});
