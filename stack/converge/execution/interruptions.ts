/** How long the users of a service had to wait for it, or were without it, while one of its instances restarted. */
import type { Step } from "../../core/plan/action.ts";

/** What a restart cost those who use the service. */
export interface Interruption {
  readonly instance: string;
  /** From the moment at which clients had to wait, or their connections ended, to a service that works. */
  readonly durationMs: number;
  /** Services whose clients waited, and saw no error. */
  readonly held: readonly string[];
}

interface Restarted {
  readonly startedAt: number;
  held: readonly string[];
  /** Undefined until it was restarted. */
  endedAt: number | undefined;
}

export class Interruptions {
  private readonly restarts = new Map<string, Restarted>();

  /** The first drain around a restart begins, or the restart itself. */
  begin(instance: string): void {
    if (!this.restarts.has(instance))
      this.restarts.set(instance, { startedAt: performance.now(), held: [], endedAt: undefined });
  }

  /** Takes note of every step that is done: the last that belongs to a restart ends its interruption. */
  note(step: Step): void {
    switch (step.kind) {
      case "restart-container":
        this.end(step.instance, step.drains);
        break;
      case "await-service":
        if (step.restarted !== undefined) this.end(step.restarted);
        break;
      case "release":
        this.end(step.around);
        break;
      case "write-file":
      case "remove-container":
      case "unpause-container":
      case "grow-limits":
      case "create-container":
      case "recreate-container":
      case "start-container":
      case "drain":
      case "await-instance":
      case "prepare":
      case "apply-settings":
      case "shrink-limits":
        break;
    }
  }

  all(): readonly Interruption[] {
    return [...this.restarts].flatMap(([instance, { startedAt, endedAt, held }]) =>
      endedAt === undefined ? [] : [{ instance, durationMs: Math.round(endedAt - startedAt), held }],
    );
  }

  private end(instance: string, held?: readonly string[]): void {
    const restarted = this.restarts.get(instance);
    if (!restarted) return;
    restarted.endedAt = performance.now();
    if (held) restarted.held = held;
  }
}
