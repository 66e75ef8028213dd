// One script and everything it imports, put together into one file, with what V8 has compiled of it beside it. Loading
// some 700 modules through tsx takes three times as long: half a second before every command. Compiling them anew is 0.1 s
// of that; Node 20 keeps compiled code for scripts only, and not for modules, so the bundle is CommonJS.
//
// Plain Node without dependencies until a bundle has to be made; then with the esbuild that tsx brings. A bundle counts
// only while every file that went into it is as it was, so an edit or a `git checkout` is seen by the next command.
import { isAscii } from "node:buffer";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { utimesSync, writeFileSync } from "node:fs";
import Module, { createRequire, SourceMap } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Script } from "node:vm";

/** Bundles that no command was started with for so long are removed: longer than any command runs. */
const UNUSED_MS = 6 * 3_600_000;

/** What decides about the installed packages and about the bundle itself, besides the script's own sources. */
const SURROUNDINGS = [
  "scripts/bootstrap.mjs",
  "scripts/lib/bundle.mjs",
  "scripts/lib/packages.mjs",
  "package.json",
  "package-lock.json",
  "node_modules/.package-lock.json",
];

/**
 * Functions that are a whole CommonJS module of their own, and whose own imports cost 50 ms: they are for engines behind
 * SSH and for BuildKit sessions, so their modules are run when they are called.
 */
const RUN_WHEN_CALLED = /node_modules\/(docker-modem\/lib\/ssh|dockerode\/lib\/session)\.js$/;

/**
 * pg tells Cloudflare's runtime from Node by making a `Response` where there is no `navigator`, as in Node 20, and that
 * loads Node's whole HTTP client: 20 ms. Here it finds what newer Nodes say.
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

/** Makes a bundle now. Undefined where none can be made: the script then runs as it is, and says what is wrong with it. */
export async function makeBundle(script, root) {
  try {
    return await make({ script, root, ...placeOf(script, root) });
  } catch {
    return undefined;
  }
}

function placeOf(script, root) {
  const name = basename(script, ".ts");
  const cache = join(root, "node_modules", ".cache", "plumbline", name);
  return { name, cache, record: join(cache, "current.json") };
}

/**
 * Runs a bundle in this process. Its compiled code is kept when the first run with it ends, and holds the functions that
 * were called until then; V8 refuses code of another version or another text by itself.
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
 * Makes the stack traces of a bundle name the sources. Node's own support reads every source map at every start, 40 ms;
 * here they are read when an error ends the process.
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
  // Only of errors that end the process: libraries take traces of their own in passing, and a map takes 0.1 s to read.
  process.on("uncaughtExceptionMonitor", (error) => {
    if (typeof error?.stack === "string") error.stack = named(error.stack);
  });
}

/** The packages are for one platform, and compiled code for one Node. */
const RUNNING = `${process.version} ${process.platform} ${process.arch}`;

/** The recorded bundle, unless a file that went into it is another one now. A moved clone is another one as well. */
function current(record, root) {
  const known = readRecord(record);
  if (known === undefined || known.root !== root || known.node !== RUNNING) return undefined;
  for (const [path, mark] of known.inputs) if (markOf(root + path) !== mark) return undefined;
  const now = new Date();
  utimesSync(known.folder, now, now); // in use: not to be removed by a command that makes a newer one
  return known.bundle;
}

/** Every write moves the time of change forward, and no tool can set that one back. */
function markOf(path) {
  const { size, mtimeMs, ctimeMs, ino } = statSync(path);
  return `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
}

/**
 * Into a folder of its own, which is then recorded by a rename: of two commands at once each has its own bundle, and the
 * record is either one's. Marks are taken before the files are read, so that an edit in between makes the record outdated.
 */
async function make({ script, root, cache, name, record }) {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "made-"));
  const marks = new Map();
  const mark = (path) => marks.set(path, markOf(root + path));
  for (const path of SURROUNDINGS) mark(path);
  try {
    await build({ script, root, folder, seen: (path) => path.startsWith(root) && mark(path.slice(root.length)) });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
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

async function build({ script, root, folder, seen }) {
  const require = createRequire(import.meta.url);
  const esbuild = createRequire(require.resolve("tsx"))("esbuild");
  try {
    await esbuild.build({
      entryPoints: [script],
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
      supported: { "template-literal": false },
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

/** A place of its own for each source: a bundle knows only where it is itself. */
const OWN_PLACE = "import.meta.url";

function loadSources(plugin, entry, seen) {
  plugin.onLoad({ filter: /\.(ts|json|mjs|js)$/ }, ({ path }) => {
    const isOwn = /\.(ts|json)$/.test(path);
    if (isOwn) seen(path);
    if (path.endsWith(".json")) return undefined;
    const text = ASKS_FOR_RUNTIME.test(path) ? NAVIGATOR + readFileSync(path, "utf8") : readFileSync(path, "utf8");
    if (!isOwn && !text.includes(OWN_PLACE) && !ASKS_FOR_RUNTIME.test(path)) return undefined;
    // Paths that are relative to a source file stay so.
    const contents = text.replaceAll(OWN_PLACE, JSON.stringify(pathToFileURL(path).href));
    return { contents: path === entry ? inFunction(contents) : contents, loader: isOwn ? "ts" : "js" };
  });
  plugin.onResolve({ filter: /\?as-it-is$/ }, ({ path }) => ({ path: path.replace(/\?.*/, ""), external: true }));
  plugin.onLoad({ filter: RUN_WHEN_CALLED }, ({ path }) => {
    const real = JSON.stringify(`${path}?as-it-is`);
    return { contents: `module.exports = function (...args) { return require(${real}).apply(this, args); };` };
  });
}

/** CommonJS has no `await` outside of functions: what follows the imports of a script runs in one, on the same lines. */
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
