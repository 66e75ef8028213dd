// node delay-proxy.mjs <port> <ms>: listens on a free port of 127.0.0.1, which it prints, and forwards every connection
// to <port>; answers are delayed by <ms>. It is a separate process, because its work must not count as the load loop's.
// It ends when its standard input ends, and so with the process that started it.
import { connect, createServer } from "node:net";

const [port, delayMs] = process.argv.slice(2).map(Number);

const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  const target = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  client.on("data", (chunk) => target.write(chunk));
  client.on("end", () => target.end());
  // Timers of one duration fire in the order in which they were set.
  target.on("data", (chunk) => setTimeout(() => client.destroyed || client.write(chunk), delayMs));
  target.on("end", () => setTimeout(() => client.end(), delayMs));
  client.on("error", () => target.destroy());
  target.on("error", () => client.destroy());
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
process.stdin.on("end", () => process.exit()).resume();
