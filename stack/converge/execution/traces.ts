/** Records when each service ran, answered, was prepared and worked; the waits report it. */
import type { ServiceTrace } from "../../core/results/start-up-trace.ts";

interface Notes {
  /** True while a wait of this service is running. */
  open: boolean;
  runningAt: number | undefined;
  answeredAt: number | undefined;
  preparedAt: number | undefined;
  readyAt: number | undefined;
  createdAt: number | undefined;
  prepared: readonly string[];
  /** The one-time steps since the service was last reported to work. */
  unreported: readonly string[];
}

export class Traces {
  private startedAt: number | undefined;
  private readonly services = new Map<string, Notes>();

  /** Starts the clock of a plan, at its first start or wait. */
  start(): void {
    this.startedAt ??= performance.now();
  }

  /** Returns true if no other wait of the service was running. */
  begin(service: string): boolean {
    this.start();
    const notes = this.of(service);
    const isFirst = !notes.open;
    notes.open = true;
    return isFirst;
  }

  /** `running`: its first container runs. `answered`: its last server answered. */
  mark(service: string, what: "running" | "answered"): void {
    const notes = this.of(service);
    if (what === "running") notes.runningAt ??= performance.now();
    else notes.answeredAt = performance.now();
  }

  prepared(service: string, steps: readonly string[]): void {
    const notes = this.of(service);
    notes.preparedAt = performance.now();
    notes.prepared = [...notes.prepared, ...steps];
    notes.unreported = [...notes.unreported, ...steps];
  }

  /** Returns the one-time steps carried out since the last call. */
  ready(service: string, createdAt: number | undefined): readonly string[] {
    const notes = this.of(service);
    notes.readyAt = performance.now();
    notes.createdAt = createdAt;
    notes.open = false;
    const { unreported } = notes;
    notes.unreported = [];
    return unreported;
  }

  /** Returns the traces of the awaited services, in the order in which their waits began. */
  all(): readonly ServiceTrace[] {
    const waitStartedAt = this.startedAt ?? performance.now();
    const since = (at: number | undefined, least: number) =>
      at === undefined ? least : Math.max(least, Math.round(at - waitStartedAt));
    return [...this.services].flatMap(([service, notes]): ServiceTrace[] => {
      if (notes.readyAt === undefined) return [];
      const runningMs = since(notes.runningAt, 0);
      const firstAnswerMs = since(notes.answeredAt, runningMs);
      const preparedMs = since(notes.preparedAt, firstAnswerMs);
      return [
        {
          service,
          waitStartedAt,
          ...(notes.createdAt === undefined ? {} : { createdMs: Math.round(notes.createdAt - waitStartedAt) }),
          runningMs,
          firstAnswerMs,
          preparedMs,
          readyMs: since(notes.readyAt, preparedMs),
          prepared: notes.prepared,
        },
      ];
    });
  }

  private of(service: string): Notes {
    const known = this.services.get(service);
    if (known) return known;
    const notes: Notes = {
      open: false,
      runningAt: undefined,
      answeredAt: undefined,
      preparedAt: undefined,
      readyAt: undefined,
      createdAt: undefined,
      prepared: [],
      unreported: [],
    };
    this.services.set(service, notes);
    return notes;
  }
}
