// node company-process.mjs <kind> <seconds> <folder>: uses this computer as other programs do, and prints a line when it
// begins. It ends after <seconds>, or when its standard input ends, and so with the process that started it.
//   bursts <folder unused>: busy for half a second, asleep for half a second, on one core
//   half: the same in steps of 50 ms
//   compiler: reads and parses source files below <folder>, without a pause
//   disk: writes 64 MiB into <folder> and waits until they are on the disk, again and again
import { closeSync, fsync, openSync, readdirSync, readFileSync, rmSync, statSync, write } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Script } from "node:vm";

const [kind, seconds, folder] = process.argv.slice(2);
process.stdin.on("end", () => process.exit()).resume();
setTimeout(() => process.exit(), Number(seconds) * 1000);

const MEBIBYTES = 64;

async function busy(forMs) {
  for (;;) {
    const end = performance.now() + forMs;
    while (performance.now() < end);
    await sleep(forMs);
  }
}

async function compile() {
  const files = readdirSync(folder, { recursive: true })
    .filter((name) => /\.c?js$/.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
  let bytes = 0;
  while (bytes >= 0) {
    for (const path of files) {
      try {
        // As a function's body, as Node loads modules. The cache makes V8 compile at once and not at the first call.
        const script = new Script(`(function () {${readFileSync(path, "utf8")}\n})`);
        bytes += script.createCachedData().length;
      } catch {
        // An ES module or JSON: it was read and parsed up to the first `import`.
      }
      await new Promise(setImmediate);
    }
  }
}

async function writeDisk() {
  const path = join(folder, "company-disk");
  const block = Buffer.alloc(1024 * 1024, 1);
  process.on("exit", () => rmSync(path, { force: true }));
  for (;;) {
    const file = openSync(path, "w");
    for (let written = 0; written < MEBIBYTES; written += 1) await promisify(write)(file, block);
    await promisify(fsync)(file);
    closeSync(file);
  }
}

const work = { bursts: () => busy(500), half: () => busy(50), compiler: compile, disk: writeDisk };
process.stdout.write("begun\n");
await work[kind]();
