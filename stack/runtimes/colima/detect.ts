/** Whether Colima can be used on this computer. */
import type { Detection } from "../../core/machine/runtime.ts";
import type { Host } from "../../host/host.ts";
import { parseVersion } from "./arguments.ts";
import { DEADLINES, messageIn, outputOf } from "./command.ts";
import { installFix } from "./remedy.ts";

const DETECT_DEADLINE_MS = 10_000;

/** Resolves whether Colima and what it needs are installed, and whether it answers. */
export async function detect(host: Host): Promise<Detection> {
  for (const program of PROGRAMS) {
    if ((await host.which(program)) === undefined) {
      const fix = installFix(host, program);
      return { ok: false, why: `${program} is not installed`, fix, absent: program === "colima" };
    }
  }
  const [list, version] = await Promise.all([
    host.run(["colima", "list", "--json"], { timeoutMs: DETECT_DEADLINE_MS }),
    // It prints its own version first, and then asks a guest, which may hang.
    host.run(["colima", "version"], { timeoutMs: DEADLINES.glanceMs }),
  ]);
  if (list.ok) return { ok: true, detail: `colima ${parseVersion(version.stdout).join(".")}` };
  if (/must not run as the root user/.test(outputOf(list))) {
    return { ok: false, why: "Lima refuses to run as root", fix: "Run Plumbline as an ordinary user." };
  }
  if (list.ended === "deadline") {
    const why = `\`colima list\` does not answer within ${DETECT_DEADLINE_MS / 1000} s`;
    return { ok: false, why, fix: "Run `colima list` by hand and mend what it says." };
  }
  const why = messageIn(outputOf(list).trim().split("\n").at(-1) ?? "");
  return { ok: false, why: `\`colima list\` fails: ${why}`, fix: "Run `colima list` by hand and mend what it says." };
}

/** Colima itself looks for `lima`, a script beside `limactl`, in whose place it may be missing. */
const PROGRAMS = ["colima", "lima", "limactl", "docker"] as const;
