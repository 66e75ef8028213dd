// The installed packages: compared with package-lock.json, and installed if they differ. Plain Node without dependencies;
// loaded only if no current bundle shows that they are right.
import { spawn } from "node:child_process";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { withoutForeign } from "../../stack/host/foreign-variables.mjs";
import { processStart, processWorld } from "../../stack/host/process-identity.mjs";
import { ENDING_SIGNALS, INTERRUPTED, onNpmGone, onUnread, SAME_PRESS_MS } from "./ending/unattended.mjs";

const INSTALL_TIMEOUT_MS = 15 * 60_000; // 270 packages over a slow line; a dead registry must not hang forever
const INSTALLER_POLL_MS = 200;
/** From SIGTERM to SIGKILL for an interrupted npm: a command ends within five seconds. */
const NPM_GRACE_MS = 2_000;
/** An installer in another container cannot be looked at: it touches its record, and is gone if it does not. */
const BEAT_MS = 1_000;
const SILENCE_MS = 10_000;
/** Two retries after 2 s and 10 s; npm's own 10 s and 60 s are a long silence without a network. */
const RETRIES = ["--fetch-retry-mintimeout=2000", "--fetch-retry-factor=5"];
const root = fileURLToPath(new URL("../..", import.meta.url));
/**
 * Holds the record of the installer of this clone: a process by its id, the time of its start, and where the id is valid.
 * A killed run leaves its npm running, and two at once would break the install.
 */
const installer = `${root}.plumbline/npm-ci.pid`;

/** Ends the process if this Node is too old, or if the packages cannot be installed. */
export async function providePackages() {
  requireNode(readJson("package.json").engines.node);
  for (let reason = reasonToInstall(); reason !== undefined; reason = reasonToInstall()) {
    const holder = claim();
    if (holder === undefined) return installIfStill(reason);
    await otherEnds(holder);
  }
}

function requireNode(range) {
  const [major, minor] = range.replace(">=", "").split(".").map(Number);
  const [runningMajor, runningMinor] = process.versions.node.split(".").map(Number);
  if (runningMajor > major || (runningMajor === major && runningMinor >= minor)) return;
  fail(`Plumbline needs Node.js ${range}, and this is ${process.versions.node}. Install a newer one from nodejs.org.`);
}

/** Compares npm's record of the installation with the lock file, package by package; takes under ten milliseconds. */
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

/**
 * Returns the id of another process that installs; undefined if this one does from now on. The file appears with its
 * content (a link to a complete one), since a second command would take an empty file for what a dead process left.
 */
function claim() {
  mkdirSync(dirname(installer), { recursive: true, mode: 0o755 });
  for (;;) {
    const own = writeRecord(process.pid);
    try {
      linkSync(own, installer);
      return undefined;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const holder = installingPid(installer);
      if (holder !== undefined) return holder;
      removeAbandoned();
    } finally {
      rmSync(own, { force: true });
    }
  }
}

/** Removes the file of a dead process. A live one's, made since it was read, is put back. */
function removeAbandoned() {
  const taken = `${besideInstaller()}.abandoned`;
  try {
    renameSync(installer, taken);
    if (installingPid(taken) !== undefined) linkSync(taken, installer);
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") throw error; // another command was faster
  } finally {
    rmSync(taken, { force: true });
  }
}

function interrupt() {
  process.exit(INTERRUPTED);
}

/** Ends this process if nobody waits for it any more; signals end it by themselves. */
async function otherEnds(pid) {
  const forgets = [onNpmGone(interrupt), onUnread({ all: interrupt })]; // finds a reader while there is one
  process.stderr.write(`Waiting for the installation of the dependencies that process ${pid} has begun\n`);
  for (let waitedMs = 0; installingPid(installer) !== undefined; waitedMs += INSTALLER_POLL_MS) {
    if (waitedMs > INSTALL_TIMEOUT_MS) fail(`Process ${pid} does not end: end it, then run the same command again.`);
    await after(INSTALLER_POLL_MS);
  }
  for (const forget of forgets) forget();
}

/** Of this process alone, also where another container has the same process ids. */
function besideInstaller() {
  return `${installer}.${process.pid}-${process.hrtime.bigint()}`;
}

/** Writes a file with the record of a process and returns its path. */
function writeRecord(pid) {
  const path = besideInstaller();
  writeFileSync(path, JSON.stringify({ pid, started: processStart(pid), ...processWorld() }), { mode: 0o644 });
  return path;
}

/**
 * Returns the process of a record if it still installs. A process that merely has its id, after a reboot or in a new
 * container, began at another time.
 */
function installingPid(path) {
  const { pid, started, boot, namespace } = recordIn(path);
  if (!Number.isInteger(pid) || started === undefined) return undefined;
  const here = processWorld();
  const isHere = boot === here.boot && namespace === here.namespace;
  return (isHere ? processStart(pid) === started : isTouched(path)) ? pid : undefined;
}

function recordIn(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")) ?? {};
  } catch {
    return {}; // it has just ended, or it is no record
  }
}

function isTouched(path) {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < SILENCE_MS;
}

function touch(path) {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // It has just ended.
  }
}

/** Installs, unless another command has done so between the look and the claim. */
async function installIfStill(reason) {
  if (reasonToInstall() === undefined) rmSync(installer, { force: true });
  else await install(reason);
}

async function install(why) {
  process.stderr.write(`Installing the dependencies of Plumbline with \`npm ci\` (${why})\n`);
  // `npm run --silent` passes its log level on in the environment, which would hide the reason of a failure.
  const options = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error", ...RETRIES];
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm === undefined ? ["npm"] : [process.execPath, npm];
  const npmCi = spawn(command, [...first, ...options], {
    cwd: root,
    env: withoutForeign(process.env),
    stdio: ["ignore", 2, 2],
    detached: true, // a group of its own, to end it with all that it starts
  });
  const ending = endOnSignals(npmCi);
  if (npmCi.pid !== undefined) renameSync(writeRecord(npmCi.pid), installer);
  const beat = setInterval(() => touch(installer), BEAT_MS);
  const failure = await new Promise((resolve) => {
    npmCi.once("error", ({ message }) => resolve(` (${message})`));
    npmCi.once("exit", (code) => resolve(code === 0 ? undefined : ""));
  });
  clearInterval(beat);
  ending.forget();
  rmSync(installer, { force: true });
  if (ending.interrupted()) process.exit(INTERRUPTED);
  if (failure !== undefined) fail(`\`npm ci\` failed${failure}; its output above says why.`);
}

/**
 * Ends npm and what it started at the deadline, at a signal, and when nobody waits for this command any more. A second
 * signal ends it without a grace; one that follows within a second is the same Ctrl-C, which npm has passed on.
 */
function endOnSignals(npmCi) {
  let interrupted = false;
  let interruptedAt = 0;
  const timers = [];
  const kill = (signal) => {
    try {
      process.kill(-npmCi.pid, signal);
    } catch {
      // It has ended.
    }
  };
  const end = () => {
    kill("SIGTERM");
    timers.push(setTimeout(kill, NPM_GRACE_MS, "SIGKILL"));
  };
  const interrupt = () => {
    if (!interrupted) {
      interruptedAt = performance.now();
      end();
    } else if (performance.now() - interruptedAt > SAME_PRESS_MS) kill("SIGKILL");
    interrupted = true;
  };
  const unattended = () => {
    if (!interrupted) interrupt();
  };
  const forgets = [onNpmGone(unattended), onUnread({ all: unattended })];
  timers.push(setTimeout(end, INSTALL_TIMEOUT_MS));
  for (const signal of ENDING_SIGNALS) process.on(signal, interrupt);
  return {
    /** Returns whether a signal came; what npm started then ends too. */
    interrupted: () => {
      if (interrupted) kill("SIGKILL");
      return interrupted;
    },
    forget: () => {
      for (const timer of timers) clearTimeout(timer);
      for (const forget of forgets) forget();
      for (const signal of ENDING_SIGNALS) process.off(signal, interrupt);
    },
  };
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(root + path, "utf8"));
  } catch {
    return undefined; // absent or incomplete: it has to be made again
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
