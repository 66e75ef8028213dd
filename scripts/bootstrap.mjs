// Makes every command work from a fresh clone: installs the dependencies if they are missing or are not those of
// package-lock.json. Runs before anything is installed, so it is plain Node without dependencies. It writes to stderr
// only: stdout belongs to the command that follows.
//
// `node scripts/bootstrap.mjs` does only that; `node scripts/bootstrap.mjs scripts/up.ts --json` then runs the script in this
// same process. A hook and the `tsx` launcher would be two processes more: 0.2 s before every command.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundleOf } from "./lib/bundle.mjs";

const INSTALL_TIMEOUT_MS = 15 * 60_000; // 270 packages over a slow line; a dead registry must not hang for ever
const root = fileURLToPath(new URL("..", import.meta.url));

requireNode(readJson("package.json").engines.node);
const reason = reasonToInstall();
if (reason !== undefined) install(reason);
const script = process.argv[2];
if (script !== undefined) await run(script);

function requireNode(range) {
  const [major, minor] = range.replace(">=", "").split(".").map(Number);
  const [runningMajor, runningMinor] = process.versions.node.split(".").map(Number);
  if (runningMajor > major || (runningMajor === major && runningMinor >= minor)) return;
  fail(`Plumbline needs Node.js ${range}, and this is ${process.versions.node}. Install a newer one from nodejs.org.`);
}

/** Compares what npm recorded as installed with the lock file, package by package; under ten milliseconds. */
function reasonToInstall() {
  const wanted = readJson("package-lock.json")?.packages;
  if (wanted === undefined) fail("package-lock.json is missing: the clone is not complete. Run `git status`.");
  const installed = readJson("node_modules/.package-lock.json")?.packages;
  if (installed === undefined) return "dependencies are not installed yet";
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === "") continue; // the project itself
    const found = installed[path];
    if (found === undefined && !optional) return `${path} is missing`;
    if (found !== undefined && found.version !== version) return `${path} is ${found.version}, not ${version}`;
  }
  const foreign = Object.keys(installed).find((path) => !runsHere(installed[path]));
  return foreign === undefined ? undefined : `${foreign} is for another platform`;
}

function runsHere({ os, cpu }) {
  return (os === undefined || os.includes(process.platform)) && (cpu === undefined || cpu.includes(process.arch));
}

function install(why) {
  process.stderr.write(`Installing the dependencies of Plumbline with \`npm ci\` (${why})\n`);
  // `npm run --silent` hands its log level down in the environment, which would hide the reason of a failure.
  const options = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm === undefined ? ["npm"] : [process.execPath, npm];
  const { status, error } = spawnSync(command, [...first, ...options], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    timeout: INSTALL_TIMEOUT_MS,
  });
  if (status !== 0) fail(`\`npm ci\` failed${error ? ` (${error.message})` : ""}; its output above says why.`);
}

/** From its bundle; with PLUMBLINE_BUNDLE=off, or where none can be made, through tsx. */
async function run(script) {
  process.argv.splice(1, 2, root + script); // the script sees its own path and flags, as if it had been started directly
  const bundle = process.env.PLUMBLINE_BUNDLE === "off" ? undefined : await bundleOf(script, root);
  if (bundle === undefined) await import("tsx");
  else process.setSourceMapsEnabled(true);
  await import(pathToFileURL(bundle ?? root + script).href);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(root + path, "utf8"));
  } catch {
    return undefined; // absent or cut off: both mean that it has to be made again
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
