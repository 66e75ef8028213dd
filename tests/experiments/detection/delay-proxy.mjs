// node delay-proxy.mjs <port> <ms>: listens on a port of 127.0.0.1, which it prints, and passes every connection on to
// the given one; what comes back comes so much later. A process of its own, for its work must not be counted as the load
// loop's. Ends with its standard input, and so with the process that started it.
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
