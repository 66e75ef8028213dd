// A small HTTP server in its own process: "/" answers at once, "/<number>" after that many milliseconds. It reads a
// pipe from its parent and ends with it.
import { createServer } from "node:http";

const BODY = "x".repeat(100);

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const answer = () => response.end(BODY);
  const delayMs = Number(request.url.slice(1));
  if (delayMs > 0) setTimeout(answer, delayMs);
  else answer();
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
process.stdin.resume();
process.stdin.once("end", () => process.exit());
