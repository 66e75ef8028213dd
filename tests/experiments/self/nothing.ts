/** What it costs to bring up a stack that is already up. */
import type { Report } from "../../../stack/core/progress.ts";
import { UP } from "./cold.ts";
import type { OwnStack } from "./own-stack.ts";
import { interleave, type Samples } from "./samples.ts";

/** Times whole processes, from start to end. */
export async function measureNothing(own: OwnStack, runs: number, report: Report): Promise<readonly Samples<number>[]> {
  const { stack } = own.running.wanted;
  const sides = [
    { name: "plumbline up", run: timed(() => own.command([...UP, "--stack", stack])) },
    {
      name: "plumbline up, through npm run",
      run: timed(() => own.command(["npm", "run", "up", "--", "--no-bench", "--stack", stack])),
    },
    { name: "docker compose up -d", run: timed(() => own.compose(["up", "-d"])) },
    { name: "node without a script", run: timed(() => own.command(["node", "-e", "0"])) },
  ];
  await own.command([...UP, "--stack", stack]); // makes the bundle, and repairs what the last side left
  return interleave(sides, runs, (side, round) => {
    if (side === sides[0]?.name) report({ kind: "note", text: `nothing to do: round ${round + 1} of ${runs}` });
  });
}

function timed(work: () => Promise<unknown>) {
  return async (): Promise<number> => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };
}
