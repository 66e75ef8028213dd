// The metronome's thread. An event loop's timer has a resolution of a millisecond, a wait on a memory cell one of
// microseconds. Plain JavaScript, because a thread starts without the TypeScript loader.
import { parentPort, workerData } from "node:worker_threads";

const { from, stepMs, until, stop } = workerData;
const now = () => performance.timeOrigin + performance.now();

for (let at = from; at < until; at += stepMs) {
  const leftMs = at - now();
  if (leftMs > 0 && Atomics.wait(stop, 0, 0, leftMs) !== "timed-out") break;
  if (Atomics.load(stop, 0) !== 0) break;
  parentPort.postMessage(0);
  at += stepMs * Math.max(0, Math.floor((now() - at) / stepMs)); // missed beats are not made up for
}
