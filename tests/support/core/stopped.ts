/** Waits for a line on stdin with a deadline of a second, and says whether it came in time: it is stopped meanwhile. */
import { once } from "node:events";
import { withDeadline } from "../../../stack/host/deadline.ts";

const LIMIT_MS = 1_000;

const line = once(process.stdin, "data").then(String);
process.stdout.write("waiting\n");
try {
  process.stdout.write(await withDeadline(line, LIMIT_MS, "no answer"));
} catch (error) {
  process.stdout.write(String(error));
}
process.exit();
