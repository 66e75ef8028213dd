import { takeFault } from "./faults.ts";
import { parseFlags, type Flag } from "./flags.ts";
import { line, log } from "./log.ts";
import { limactl } from "./limactl.ts";
import { placeOf, type Place } from "./place.ts";
import { list, status, version } from "./report.ts";
import { ssh } from "./ssh.ts";
import { startFlags } from "./start-flags.ts";
import { start } from "./start.ts";
import { remove, restart, stop } from "./stop.ts";
import { Fatal, Unlogged, atLeast, variable, type World } from "./world.ts";

/** Runs one command line of `colima` or `limactl` and returns its exit code, which is 0 or 1 and nothing else. */
export async function run(world: World, program: "colima" | "limactl", argv: readonly string[]): Promise<0 | 1> {
  try {
    if (program === "limactl") await limactl(world, argv);
    else await colima(world, argv);
    return 0;
  } catch (error) {
    if (!(error instanceof Fatal)) throw error;
    if (error instanceof Unlogged) world.stderr(`Error: ${error.message}\n`);
    else log(world, "fatal", error.message);
    return 1;
  }
}

const force: Flag = { name: "force", short: "f", kind: "boolean" };
const json: Flag = { name: "json", short: "j", kind: "boolean" };

async function colima(world: World, argv: readonly string[]): Promise<void> {
  const [command = "", ...rest] = argv;
  switch (command) {
    case "start": {
      const { flags, place } = parsed(world, command, startFlags(world), rest);
      requireLima(world, place);
      return start(world, place, flags);
    }
    case "stop": {
      const { flags, place } = parsed(world, command, [force], rest);
      requireLima(world, place);
      return stop(world, place, flags.boolean("force") ?? false);
    }
    case "restart": {
      const { flags, place } = parsed(world, command, [force], rest);
      requireLima(world, place);
      return restart(world, place, flags.boolean("force") ?? false);
    }
    case "delete": {
      const data: Flag = { name: "data", short: "d", kind: "boolean", since: "0.9.0" };
      const { flags, place } = parsed(world, command, [force, data], rest);
      requireLima(world, place);
      const options = { force: flags.boolean("force") ?? false, data: flags.boolean("data") ?? false };
      return remove(world, place, options);
    }
    case "status": {
      const extended: Flag = { name: "extended", short: "e", kind: "boolean" };
      const own = [extended, { ...json, since: "0.8.1" }];
      const { flags, place } = parsed(world, command, own, rest);
      requireLima(world, place);
      const options = {
        json: flags.boolean("json") ?? false,
        extended: flags.boolean("extended") ?? false,
      };
      return status(world, place, options);
    }
    case "list":
    case "ls": {
      const { flags, place } = parsed(world, command, [json], rest);
      requireLima(world, place);
      return list(world, { json: flags.boolean("json") ?? false, only: flags.positional });
    }
    case "ssh":
    case "exec":
    case "x": {
      const { flags, place } = parsed(world, "ssh", [], rest);
      requireLima(world, place);
      return ssh(world, place, flags.positional);
    }
    case "version":
      return version(world, parsed(world, command, [], rest).place);
    case "--version":
      world.stdout(`colima version ${world.knobs.version}\n`);
      return;
    default:
      throw new Fatal(`unknown command "${command}" for "colima"`);
  }
}

/** The profile: `--profile` before the argument (of the commands that take one) before COLIMA_PROFILE. */
function parsed(world: World, command: string, own: readonly Flag[], argv: readonly string[]) {
  try {
    const flags = parseFlags(world, own, argv);
    const argument = command === "ssh" ? undefined : flags.positional[0];
    const fromEnv = atLeast(world, "0.8.2") ? variable(world, "COLIMA_PROFILE") : undefined;
    return { flags, place: placeOf(world, flags.text("profile") ?? argument ?? fromEnv ?? "") };
  } catch (error) {
    if (error instanceof Fatal) world.stderr(`Usage:\n  colima ${command} [profile] [flags]\n\n`);
    throw error;
  }
}

/** Every command but `version` asks for Lima before it does anything. */
function requireLima(world: World, place: Place): void {
  if (takeFault(world, "missing", place.shortName, (fault) => fault.program === "lima") !== undefined) {
    throw new Unlogged("dependency check failed for VM: lima not found, run 'brew install lima' to install");
  }
  if (takeFault(world, "root-user", place.shortName) !== undefined) {
    world.stderr(`${line("fatal", "must not run as the root user")}\n`);
    throw new Fatal("lima compatibility error: error checking Lima version: exit status 1");
  }
}
