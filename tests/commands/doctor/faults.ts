/**
 * The faults that were met with stacks of this kind, and what `doctor` knows of each: found by which check, at which
 * moment, and whether `--fix` mends it.
 */
import { COMPUTER_FAULTS } from "./faults-computer.ts";
import { STACK_FAULTS } from "./faults-stack.ts";
import type { FoundFault, UnknownFault } from "./fault.ts";

export const FOUND: readonly FoundFault[] = [...COMPUTER_FAULTS, ...STACK_FAULTS];

export const UNKNOWN: readonly UnknownFault[] = [
  {
    fault: "memory that stays unassigned, or a share smaller than a service could use",
    why: "it is a decision of the budget and no fault of the computer: `explain` says it",
  },
  {
    fault: "a container whose address, rights or mounts were changed by hand while it is stopped",
    why: "the next `up` makes it anew; while it runs the check `settings` compares it",
  },
  {
    fault: "a stranger in the Redis cluster",
    why: "only the servers know their members: `verify` and `up` ask them",
  },
  {
    fault: "escape sequences and endless lines in the output of servers",
    why: "they come with the output, and are cut there",
  },
  { fault: "a profile that takes minutes to read", why: "reading has a limit: the check `profile` is that reading" },
  {
    fault: "a server that exports its passwords into its own environment",
    why: "it is a property of an image: the structure tests of the services hold it",
  },
  {
    fault: "`down` during a first initialisation",
    why: "it is an event; what it leaves is found as an unfinished first start",
  },
  {
    fault: "other images than those that made the volumes",
    why: "it depends on the flags of the next `up`: its plan refuses them",
  },
  {
    fault: "newer versions of images than the pinned ones",
    why: "a registry has to be asked for each: `images` is the place",
  },
  {
    fault: "a terminal without columns or colours",
    why: "output follows the terminal of the moment; nothing is to be mended",
  },
  {
    fault: "a remedy that destroys more than the fault",
    why: "it is a property of the texts, held by their own tests",
  },
  {
    fault: "files and containers that a person added to the stack",
    why: "they are no fault: the check `containers` names them, and nothing touches them",
  },
  {
    fault: "a guest that becomes slow or hangs during a start",
    why: "it is an event: the start waits, repeats, and says it; a guest that hangs already is found",
  },
  {
    fault: "an image of a machine that cannot be downloaded",
    why: "only the download shows it; its error names the file and the ways to bring it",
  },
  {
    fault: "a process of another container or computer that holds the lock",
    why: "it cannot be looked at: the check `lock` names it, and its silence frees the lock",
  },
  {
    fault: "results and logs that fill the disk",
    why: "each measurement removes the oldest runs beyond a limit, and `up` moves a long log of the engine aside",
  },
];
