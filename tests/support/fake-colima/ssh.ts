import { realDiskBytes } from "./disk.ts";
import { askGuest } from "./hang.ts";
import type { Place } from "./place.ts";
import { endProxies } from "./proxy.ts";
import { readVm, type Vm } from "./records.ts";
import { containerStorageBytes } from "./report.ts";
import { Fatal, type World } from "./world.ts";

/** `colima ssh -- command`: answers the questions that tell what the VM really has, and runs nothing else. */
export async function ssh(world: World, place: Place, command: readonly string[]): Promise<void> {
  const vm = readVm(place);
  if (vm?.power !== "Running") throw new Fatal(`${place.displayName} not running`);
  await askGuest(world, vm);
  const answer = answerOf(world, place, vm, command.join(" "));
  world.stdout(answer.stdout ?? "");
  world.stderr(answer.stderr ?? "");
  // Colima exits 1 whatever the inner code was, and says it only in text.
  if (answer.code !== 0) throw new Fatal(`exit status ${answer.code}`);
}

interface Answer {
  readonly code: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

function answerOf(world: World, place: Place, vm: Vm, command: string): Answer {
  switch (command) {
    case "true":
      return { code: 0 };
    case "sudo systemctl restart docker":
      endProxies(world, place);
      return { code: 0 };
    case "nproc":
      return { code: 0, stdout: `${vm.cpus}\n` };
    case "cat /proc/meminfo":
      return { code: 0, stdout: meminfo(vm.memoryBytes) };
    case "df -B1 --output=size /var/lib/docker":
      return { code: 0, stdout: df(containerStorageBytes(world, place, realDiskBytes(world, place))) };
    default:
      if (command.startsWith("sudo ")) return answerOf(world, place, vm, command.slice("sudo ".length));
      return unknown(command);
  }
}

/** The kernel keeps about 3 % for itself: 8 GiB were read back as 96.9 %, 16 GiB as 97.6 % (COLIMA.md section 6). */
function meminfo(memoryBytes: number): string {
  const totalKib = Math.floor((memoryBytes * 0.97) / 1024);
  const availableKib = Math.floor(totalKib * 0.8);
  return `${row("MemTotal", totalKib)}${row("MemFree", availableKib)}${row("MemAvailable", availableKib)}`;
}

function row(name: string, kib: number): string {
  return `${`${name}:`.padEnd(16)}${String(kib).padStart(8)} kB\n`;
}

function df(bytes: number): string {
  return `${"1B-blocks".padStart(12)}\n${String(bytes).padStart(12)}\n`;
}

function unknown(command: string): Answer {
  const exit = /^sh -c exit (\d+)$/.exec(command)?.[1];
  if (exit !== undefined) return { code: Number(exit) };
  const program = command.split(" ")[0] ?? "";
  return { code: 127, stderr: `bash: line 1: ${program}: command not found\n` };
}
