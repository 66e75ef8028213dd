import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LoginRefused } from "../../../stack/core/service/login-refused.ts";
import type { Target } from "../../../stack/core/service/service.ts";
import { rabbitmqLive } from "../../../stack/services/rabbitmq/live.ts";

let status = 401;
let server: Server;

beforeEach(async () => {
  server = createServer((_, response) => {
    response.writeHead(status).end('{"error":"not_authorized"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.close();
});

function nodeIn(state: string): Target {
  const address = server.address();
  return {
    instance: "rabbitmq",
    host: "127.0.0.1",
    port: () => (typeof address === "object" && address !== null ? address.port : 0),
    address: "172.20.0.2",
    neighbours: {},
    credentials: () => ({ user: "admin", password: "secret", scramSha256: "", sha256: "", saltedSha256: "" }),
    exec: async () => ({ exitCode: 0, stdout: `{ok, ${state}}`, stderr: "" }),
  };
}

test("a node that has booted and refuses the login refuses it for good", async () => {
  status = 401;
  await expect(rabbitmqLive("app").connect(nodeIn("ready"))).rejects.toThrow(LoginRefused);
});

test.each(["booting", "core_started", "stopping"])(
  "a node that is %s has not imported its users yet",
  async (state) => {
    status = 401;
    await expect(rabbitmqLive("app").connect(nodeIn(state))).rejects.not.toThrow(LoginRefused);
  },
);

test("a node that answers with an error of its own is asked again", async () => {
  status = 503;
  await expect(rabbitmqLive("app").connect(nodeIn("ready"))).rejects.not.toThrow(LoginRefused);
});
