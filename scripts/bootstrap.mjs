// Makes every command work from a fresh clone: installs the dependencies if they are missing or are not those of
// package-lock.json. Runs before anything is installed, so it is plain Node without dependencies. It writes to stderr
// only: stdout belongs to the command that follows.
//
// `node scripts/bootstrap.mjs` does only that; `node scripts/bootstrap.mjs scripts/up.ts --json` then runs the script in this
// same process. A hook and the `tsx` launcher would be two processes more: 0.2 s before every command.
import { fileURLToPath, pathToFileURL } from "node:url";
import { currentBundle, makeBundle, nameSources, runBundle } from "./lib/bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const script = process.argv[2];
const bundled = script !== undefined && process.env.PLUMBLINE_BUNDLE !== "off";
// A bundle that is current says of the packages that they are those it was made with.
const ready = bundled ? currentBundle(script, root) : undefined;
if (ready === undefined) {
  const { providePackages } = await import("./lib/packages.mjs");
  await providePackages();
}
if (script !== undefined) await run(script, ready ?? (bundled ? await makeBundle(script, root) : undefined));

/** From its bundle; with PLUMBLINE_BUNDLE=off, or where none can be made, through tsx. */
async function run(script, bundle) {
  process.argv.splice(1, 2, root + script); // the script sees its own path and flags, as if it had been started directly
  if (bundle === undefined) {
    await import("tsx");
    await import(pathToFileURL(root + script).href);
  } else {
    nameSources(bundle);
    runBundle(bundle);
  }
}
