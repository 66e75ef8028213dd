import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Target } from "../../../../stack/core/service/service.ts";
import { exporterLive, mustBeUp, mustHaveCollected } from "../../../../stack/services/kit/exporter/live.ts";

/** What the exporter says now, by page. */
let pages: Readonly<Record<string, string>> = {};
const server = createServer((request, response) => {
  const page = pages[request.url ?? ""];
  response.writeHead(page === undefined ? 404 : 200).end(page);
});
let target: Target;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  target = {
    instance: "exporter",
    host: "127.0.0.1",
    port: (name) => (name === "metrics" ? address.port : expect.fail(`asked for the port ${name}`)),
    address: "172.18.0.2",
    credentials: () => expect.fail("nobody logs in"),
    neighbours: {},
    exec: () => Promise.reject(new Error("nothing is executed")),
  };
});
afterAll(() => void server.close());

const OWN = 'x_exporter_build_info{version="v1.2.3"} 1\ngo_sched_gomaxprocs_threads 2\n';

const live = exporterLive({
  buildInfo: "x_exporter_build_info",
  pages: () => ["/of?a", "/of?b"],
  check: (samples, page) => {
    mustBeUp(samples, "x_up", page);
    mustHaveCollected(samples, "x_success");
  },
});

describe("an exporter", () => {
  test("must tell its version and its settings by its own page", async () => {
    pages = { "/metrics": OWN };
    const connection = await live.connect(target);
    expect(await connection.version()).toBe("1.2.3");
    expect(await connection.read?.(["GOMAXPROCS"])).toEqual(new Map([["GOMAXPROCS", { value: 2 }]]));
    pages = { "/metrics": "go_goroutines 9\n" };
    await expect(connection.version()).rejects.toThrow("x_exporter_build_info is missing");
  });

  test("must not be connected to while it does not answer", async () => {
    pages = {};
    await expect(live.connect(target)).rejects.toThrow("/metrics answered 404");
  });

  test("must be ready when everything that it watches is up and read on every page, and not before", async () => {
    pages = { "/of?a": 'x_up 1\nx_success{collector="c"} 1', "/of?b": 'x_up 1\nx_success{collector="c"} 1' };
    await live.ready([target]);
    pages = { ...pages, "/of?b": "x_up 0" };
    await expect(live.ready([target])).rejects.toThrow("x_up is not 1: /of?b");
    pages = { ...pages, "/of?b": 'x_up 1\nx_success{collector="c"} 1\nx_success{collector="d"} 0' };
    await expect(live.ready([target])).rejects.toThrow("could not read all of its server: d");
    pages = { "/of?a": "" };
    await expect(live.ready([target])).rejects.toThrow("x_up is not 1: /of?a");
  });
});
