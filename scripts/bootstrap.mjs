// Makes every command work from a fresh clone: installs the dependencies if they are missing or differ from
// package-lock.json. It runs before anything is installed, so it is plain Node without dependencies. It only writes to
// stderr: stdout belongs to the command.
//
// `node scripts/bootstrap.mjs` only installs; `node scripts/bootstrap.mjs scripts/up.ts --json` then runs the script in
// the same process. A hook and the `tsx` launcher would be two more processes: 0.2 s before every command.
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { forgetForeign } from "../stack/host/foreign-variables.mjs";
import { currentBundle, makeBundle, nameSources, runBundle } from "./lib/bundle.mjs";

// Before anything is loaded: libraries read the environment once. Files that others can change are never wanted.
forgetForeign(process.env);
// A thread of the load generator begins here too, and the mask is the whole process's.
if (isMainThread) process.umask(process.umask(0o022) | 0o022);

const root = fileURLToPath(new URL("..", import.meta.url));
const script = process.argv[2];
const bundled = script !== undefined && process.env.PLUMBLINE_BUNDLE !== "off";
// A current bundle was made with the packages that are installed now, so they need no look: 15 ms.
const ready = bundled ? currentBundle(script, root) : undefined;
if (ready === undefined) {
  const { providePackages } = await import("./lib/packages.mjs");
  await providePackages();
}
if (script !== undefined) await run(script, ready ?? (bundled ? await makeBundle(script, root) : undefined));

/** Runs the script from its bundle; through tsx with PLUMBLINE_BUNDLE=off, or if no bundle can be made. */
async function run(script, bundle) {
  process.argv.splice(1, 2, root + script); // the script sees its own path and flags, as if started directly
  if (bundle === undefined) {
    await import("tsx");
    await import(pathToFileURL(root + script).href);
  } else {
    nameSources(bundle);
    runBundle(bundle);
  }
}
