import { describe, expect, test } from "vitest";
import { passwords, pagesOf } from "../../../stack/services/redis-exporter/nodes.ts";
import { exporterOf } from "../../support/core/exporter.ts";

const neighbours = {
  redis: {
    options: {},
    credentials: [],
    instances: [1, 2].map((node) => ({ name: `redis-${node}`, host: `redis-${node}`, ports: { redis: 6379 } })),
  },
};

describe("the nodes that redis_exporter watches", () => {
  test("must each have a page, and be those of the neighbour", async () => {
    expect(pagesOf(neighbours)).toEqual(["/scrape?target=redis://redis-1:6379", "/scrape?target=redis://redis-2:6379"]);
    expect((await exporterOf("redis-exporter")).paths).toHaveLength(3);
    expect((await exporterOf("redis-exporter", { redis: { nodes: 1 } })).paths).toEqual([
      "/scrape?target=redis://redis-1:6379",
    ]);
  });

  test("must each have the password under its address and the user, as the exporter looks it up", () => {
    const credential = { user: "watch", password: "pw", scramSha256: "", sha256: "", saltedSha256: "" };
    const { path, text } = passwords(neighbours, credential);
    expect(path).toBe("passwords.json");
    expect(JSON.parse(text)).toEqual({ "redis://watch@redis-1:6379": "pw", "redis://watch@redis-2:6379": "pw" });
  });

  test("must be there, with a port for clients", () => {
    expect(() => pagesOf({})).toThrow("has no node to watch");
    const [node] = neighbours.redis.instances;
    if (!node) throw new Error("no node");
    const without = { redis: { ...neighbours.redis, instances: [{ ...node, ports: {} }] } };
    expect(() => pagesOf(without)).toThrow("redis-1 has no port named redis");
  });

  test("must be named by the pages and not by the command line, which names the user alone", async () => {
    const { container } = (await exporterOf("redis-exporter")).instance;
    expect(container.command).toEqual([
      "-redis.addr=",
      "-redis.user=redis_exporter",
      "-redis.password-file=/run/secrets/passwords.json",
      "-web.listen-address=:9121",
    ]);
  });
});
