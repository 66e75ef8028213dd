/** Commands that run inside a container. */

export interface ExecOptions {
  readonly stdin?: string;
  readonly user?: string;
  readonly timeoutMs?: number;
  /**
   * If given, stdin stays open until the command ends or the signal aborts, which rejects with its reason. No engine
   * ends a command when its caller disconnects or is killed; a command that reads stdin to its end notices, and ends
   * itself.
   */
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}
