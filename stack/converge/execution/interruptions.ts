/** How long users of a service waited, or were without it, while one of its instances restarted. */
import type { Step } from "../../core/plan/action.ts";

/** What a restart cost the users of the service. */
export interface Interruption {
  readonly instance: string;
  /** From the moment when clients had to wait, or their connections broke, until the service worked. */
  readonly durationMs: number;
  /** Services whose clients waited, and saw no error. */
  readonly held: readonly string[];
}

interface Restarted {
  readonly startedAt: number;
  held: readonly string[];
  /** Undefined until its restart is done; later waits move it. */
  endedAt: number | undefined;
}

export class Interruptions {
  private readonly restarts = new Map<string, Restarted>();

  /** Starts an interruption: at the first drain around a restart, or at the restart itself. */
  begin(instance: string): void {
    if (!this.restarts.has(instance))
      this.restarts.set(instance, { startedAt: performance.now(), held: [], endedAt: undefined });
  }

  /** Records a completed step: the last step that belongs to a restart ends its interruption. */
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
      case "save-data":
      case "renew-volumes":
      case "reset-persisted":
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
