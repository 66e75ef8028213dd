import { realHost } from "../../../stack/host/host.ts";
import type { Host } from "../../../stack/host/host.ts";
import type { FakeColima } from "../fake-colima/fake.ts";
import { gib } from "../../../stack/core/units.ts";

/**
 * A computer on which `colima` and `limactl` are the fake, called in this process: no program has to be started, and one
 * that hangs is ended at its deadline without waiting for it.
 */
export function colimaHost(fake: FakeColima, over: Partial<Host> = {}): Host {
  const host = realHost({ ...process.env, ...fake.env });
  return {
    ...host,
    platform: "linux",
    isRoot: false,
    cpus: 8,
    memory: gib(32),
    which: async (command) => (command === "docker" ? "/usr/bin/docker" : host.which(command)),
    run: async (argv, options) => {
      const [program, ...args] = argv;
      if (program !== "colima" && program !== "limactl") return host.run(argv, options);
      const { timeoutMs } = options;
      const outcome = await (program === "colima" ? fake.run(args, {}, timeoutMs) : fake.limactl(args, timeoutMs));
      for (const line of `${outcome.stdout}${outcome.stderr}`.split("\n")) if (line !== "") options.line?.(line);
      const { code, stdout, stderr } = outcome;
      const ended = outcome.isOverdue === true ? "deadline" : "exited";
      return { ended, ok: code === 0, exitCode: code, stdout, stderr };
    },
    ...over,
  };
}
