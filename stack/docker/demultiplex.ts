/**
 * Docker's stream format for containers without a terminal: a header of eight bytes before every frame. docker-modem's
 * `demuxStream` is not used. It recurses per frame and copies the rest each time (4.1: "Maximum call stack size
 * exceeded" at one chunk of 65 kB of short lines), only accepts streams, and drops an incomplete frame.
 */

export interface Streams {
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order of the frames. */
  readonly all: string;
}

const HEADER_BYTES = 8;
const STDERR = 2;

/** Separates stdout and stderr; keeps the received part of an incomplete frame. Source: Docker's API, "attach". */
export function demultiplex(raw: Buffer): Streams {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const all: Buffer[] = [];
  let offset = 0;
  while (offset + HEADER_BYTES <= raw.length) {
    const stream = raw.readUInt8(offset);
    const length = raw.readUInt32BE(offset + 4);
    offset += HEADER_BYTES;
    const piece = raw.subarray(offset, offset + length);
    (stream === STDERR ? stderr : stdout).push(piece);
    all.push(piece);
    offset += length;
  }
  return { stdout: text(stdout), stderr: text(stderr), all: text(all) };
}

/** Returns a function for a stream's chunks, which calls `line` for every complete line. */
export function lineReader(line: (text: string, from: "stdout" | "stderr") => void): (chunk: Buffer) => void {
  let raw = Buffer.alloc(0);
  const begun = { stdout: "", stderr: "" };
  return (chunk) => {
    raw = Buffer.concat([raw, chunk]);
    while (raw.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + raw.readUInt32BE(4);
      if (raw.length < end) return;
      const from = raw.readUInt8(0) === STDERR ? "stderr" : "stdout";
      const lines = (begun[from] + raw.toString("utf8", HEADER_BYTES, end)).split("\n");
      begun[from] = lines.pop() ?? "";
      raw = raw.subarray(end);
      for (const complete of lines) line(complete, from);
    }
  };
}

function text(pieces: readonly Buffer[]): string {
  return Buffer.concat(pieces).toString();
}
