// Bundles a script and all its imports into one file, and stores V8's compiled code beside it. Loading some 700 modules
// through tsx takes three times as long: half a second before every command. Compiling takes 0.1 s of that. Node 20
// caches compiled code for scripts only, not for modules, so the bundle is CommonJS.
//
// Plain Node without dependencies until a bundle has to be made; then it uses the esbuild that tsx installs. A bundle
// is valid only while all its source files are unchanged, so the next command sees an edit or a `git checkout`.
import { isAscii } from "node:buffer";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { utimesSync, writeFileSync } from "node:fs";
import Module, { createRequire, SourceMap } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Script } from "node:vm";

/** Bundles that no command has started with for this long are removed; longer than any command runs. */
const UNUSED_MS = 6 * 3_600_000;

/** Files that determine the installed packages and the bundling itself, in addition to the script's own sources. */
const SURROUNDINGS = [
  "scripts/bootstrap.mjs",
  "scripts/lib/bundle.mjs",
  "scripts/lib/ending/unattended.mjs",
  "scripts/lib/packages.mjs",
  "stack/host/foreign-variables.mjs",
  "stack/host/process-identity.mjs",
  "package.json",
  "package-lock.json",
  "node_modules/.package-lock.json",
];

/**
 * Functions that are whole CommonJS modules whose imports cost 50 ms. They serve engines behind SSH and BuildKit
 * sessions, so their modules are loaded when they are called.
 */
const RUN_WHEN_CALLED = /node_modules\/(docker-modem\/lib\/ssh|dockerode\/lib\/session)\.js$/;

/**
 * To tell Cloudflare's runtime from Node, pg makes a `Response` if there is no `navigator`, as in Node 20. That loads Node's
 * whole HTTP client, which takes 20 ms. Here pg finds the `navigator` of newer Nodes.
 */
const ASKS_FOR_RUNTIME = /node_modules\/pg\/lib\/stream\.js$/;
const NAVIGATOR = `const navigator = { userAgent: "Node.js" };`;

/**
 * Path of the bundle of `script` (a path below `root`) if it was made by this Node and every file of it is as it was, the
 * lock files among them: the packages are then those that it was made with. Undefined otherwise.
 */
export function currentBundle(script, root) {
  try {
    return current(placeOf(script, root).record, root);
  } catch {
    return undefined;
  }
}

/** Makes a bundle now. Returns undefined if none can be made: the script then runs from its sources. */
export async function makeBundle(script, root) {
  try {
    return await make({ script, root, ...placeOf(script, root) });
  } catch {
    return undefined;
  }
}

function placeOf(script, root) {
  const name = script
    .replace(/\.ts$/, "")
    .replace(/^scripts[/]/, "")
    .replaceAll("/", "-"); // two may have one base name
  const cache = join(root, "node_modules", ".cache", "plumbline", name);
  return { name, cache, record: join(cache, "current.json") };
}

/**
 * Runs a bundle in this process. The compiled code is stored at the end of the first run, with the functions that were
 * called until then. V8 rejects code of another version or another text by itself.
 */
export function runBundle(bundle) {
  const cache = `${bundle}.cache`;
  const cachedData = readIfThere(cache);
  const bytes = readFileSync(bundle);
  const script = new Script(Module.wrap(bytes.toString(isAscii(bytes) ? "latin1" : "utf8")), {
    filename: pathToFileURL(bundle).href,
    // A source map knows nothing of the wrapper, which stands before the first line.
    columnOffset: -Module.wrapper[0].length,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  if (cachedData === undefined || script.cachedDataRejected) process.once("exit", () => keep(script, cache));
  const module = { exports: {} };
  script
    .runInThisContext()
    .call(module.exports, module.exports, createRequire(bundle), module, bundle, dirname(bundle));
}

function keep(script, cache) {
  try {
    const temporary = `${cache}.${process.pid}-${process.hrtime.bigint()}`; // of this process and thread alone
    writeFileSync(temporary, script.createCachedData());
    renameSync(temporary, cache);
  } catch {
    // The next command compiles what it needs, as this one did.
  }
}

function readIfThere(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Makes stack traces of a bundle name the source files. Node's own support reads every source map at every start, 40
 * ms; here the maps are read when an error ends the process.
 */
export function nameSources(bundle) {
  const base = pathToFileURL(join(bundle, "..", "/")).href;
  const maps = new Map();
  const source = (place, file, line, column) => {
    const path = fileURLToPath(file);
    if (!maps.has(path)) maps.set(path, new SourceMap(JSON.parse(readFileSync(`${path}.map`, "utf8"))));
    const { originalSource, originalLine, originalColumn } = maps.get(path).findEntry(line - 1, column - 1);
    if (originalSource === undefined) return place;
    return `${fileURLToPath(new URL(originalSource, file))}:${originalLine + 1}:${originalColumn + 1}`;
  };
  const named = (trace) =>
    trace.replace(/(file:\/\/[^\s()]+):(\d+):(\d+)/g, (place, file, line, column) => {
      try {
        return file.startsWith(base) ? source(place, file, Number(line), Number(column)) : place;
      } catch {
        return place;
      }
    });
  // Only for errors that end the process: libraries create stack traces in passing, and reading a map takes 0.1 s.
  process.on("uncaughtExceptionMonitor", (error) => {
    if (typeof error?.stack === "string") error.stack = named(error.stack);
  });
}

/** The packages are for one platform, and compiled code is for one Node. */
const RUNNING = `${process.version} ${process.platform} ${process.arch}`;

/** Returns the recorded bundle if all its source files are unchanged and the clone was not moved. */
function current(record, root) {
  const known = readRecord(record);
  if (known === undefined || known.root !== root || known.node !== RUNNING) return undefined;
  for (const [path, mark] of known.inputs) if (markOf(root + path) !== mark) return undefined;
  const now = new Date();
  utimesSync(known.folder, now, now); // in use: a command that makes a newer one must not remove it
  return known.bundle;
}

/** Returns the change time, which every write advances and no tool can set back. */
function markOf(path) {
  const { size, mtimeMs, ctimeMs, ino } = statSync(path);
  return `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
}

/**
 * Makes the bundle in its own folder, then records it by a rename: with two commands at once, each has its own bundle,
 * and one of them is recorded. Marks are taken before the files are read, so that an edit in between invalidates the
 * record.
 */
async function make(order) {
  // Not at the start of every command, most of which find a bundle.
  const { ENDING_SIGNALS, INTERRUPTED } = await import("./ending/unattended.mjs");
  const undo = [];
  const end = () => {
    for (const step of undo) step();
    process.exit(INTERRUPTED);
  };
  for (const signal of ENDING_SIGNALS) process.on(signal, end);
  try {
    return await makeIn(order, undo);
  } finally {
    for (const signal of ENDING_SIGNALS) process.off(signal, end);
  }
}

/** Puts into `undo` what an interrupted process does before it ends. */
async function makeIn({ script, root, cache, name, record }, undo) {
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  const folder = mkdtempSync(join(cache, "made-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  undo.push(remove);
  const marks = new Map();
  const mark = (path) => marks.set(path, markOf(root + path));
  for (const path of SURROUNDINGS) mark(path);
  try {
    const seen = (path) => path.startsWith(root) && mark(path.slice(root.length));
    await build({ script, name, root, folder, seen, undo });
  } catch (error) {
    remove();
    throw error;
  }
  const bundle = join(folder, `${name}.cjs`);
  const text = JSON.stringify({ root, node: RUNNING, folder, bundle, inputs: [...marks] });
  const temporary = `${folder}.json`;
  writeFileSync(temporary, text);
  renameSync(temporary, record);
  removeUnused(cache, folder);
  return bundle;
}

async function build({ script, name, root, folder, seen, undo }) {
  const require = createRequire(import.meta.url);
  const esbuild = createRequire(require.resolve("tsx"))("esbuild");
  // Left alone, esbuild's own process takes the end of this one for a deadlock, and prints a page about it.
  undo.push(() => void esbuild.stop());
  try {
    await esbuild.build({
      entryPoints: [{ in: script, out: name }],
      absWorkingDir: root,
      outdir: folder,
      outExtension: { ".js": ".cjs" },
      bundle: true,
      platform: "node",
      format: "cjs",
      target: `node${process.versions.node}`,
      // Half the text to read at each start. Names stay: error messages have them.
      minifyWhitespace: true,
      legalComments: "none",
      // Everything but templates is escaped by itself; text without other characters is read ten times as fast.
      charset: "ascii",
      // A script, unlike a module, cannot `import()` what is outside of it: `require` it there.
      supported: { "template-literal": false, "dynamic-import": false },
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      sourcemap: true,
      sourcesContent: false,
      external: ["*.node"],
      logLevel: "silent",
      plugins: [{ name: "own sources", setup: (plugin) => loadSources(plugin, root + script, seen) }],
    });
  } finally {
    await esbuild.stop();
  }
}

/** Replaced in each source by its own path: a bundle only knows the path of the bundle. */
const OWN_PLACE = "import.meta.url";

function loadSources(plugin, entry, seen) {
  plugin.onLoad({ filter: /\.(ts|json|mjs|js)$/ }, ({ path }) => {
    const isOwn = /\.(ts|json)$/.test(path);
    if (isOwn) seen(path);
    if (path.endsWith(".json")) return undefined;
    const text = ASKS_FOR_RUNTIME.test(path) ? NAVIGATOR + readFileSync(path, "utf8") : readFileSync(path, "utf8");
    if (!isOwn && !text.includes(OWN_PLACE) && !ASKS_FOR_RUNTIME.test(path)) return undefined;
    // Keeps paths that are relative to a source file valid.
    const contents = text.replaceAll(OWN_PLACE, JSON.stringify(pathToFileURL(path).href));
    return { contents: path === entry ? inFunction(contents) : contents, loader: isOwn ? "ts" : "js" };
  });
  plugin.onResolve({ filter: /\?as-it-is$/ }, ({ path }) => ({ path: path.replace(/\?.*/, ""), external: true }));
  plugin.onLoad({ filter: RUN_WHEN_CALLED }, ({ path }) => {
    const real = JSON.stringify(`${path}?as-it-is`);
    return { contents: `module.exports = function (...args) { return require(${real}).apply(this, args); };` };
  });
}

/**
 * CommonJS allows `await` only in functions, so everything after a script's imports is put into one, on the same lines.
 */
function inFunction(text) {
  const last = [...text.matchAll(/^import\b[^;]*;\n/gm)].at(-1);
  const end = last === undefined ? 0 : last.index + last[0].length;
  const rest = text.slice(end);
  return /^export\b/m.test(rest) ? text : `${text.slice(0, end)}void (async () => {${rest}})();\n`;
}

function removeUnused(cache, own) {
  for (const entry of readdirSync(cache)) {
    const path = join(cache, entry);
    if (!entry.startsWith("made-") || path === own) continue;
    if (Date.now() - lstatSync(path).mtimeMs > UNUSED_MS) rmSync(path, { recursive: true, force: true });
  }
}

function readRecord(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
