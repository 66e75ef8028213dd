/** Tries to take the lock at a path: `take-lock.ts <path>`. Prints "taken", or why not. */
import { messageOf } from "../../../stack/core/errors.ts";
import { takeLock } from "../../../stack/host/lock.ts";

const [path = ""] = process.argv.slice(2);
try {
  await (await takeLock(path, "verify")).release();
  process.stdout.write("taken");
} catch (error) {
  process.stdout.write(messageOf(error));
}
