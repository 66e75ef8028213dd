/** Tar archives of a few small files: the form in which the engine passes files of containers (POSIX ustar). */

export interface TarFile {
  readonly name: string;
  readonly content: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const BLOCK_BYTES = 512;
const END = Buffer.alloc(2 * BLOCK_BYTES);

/** Returns the ordinary files of an archive. Throws on a damaged one. */
export function readTar(archive: Buffer): readonly TarFile[] {
  const files: TarFile[] = [];
  for (let at = 0; at + BLOCK_BYTES <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) break;
    const size = numberAt(header, 124, 12);
    const begin = at + BLOCK_BYTES;
    if (begin + size > archive.length) throw new Error("the archive ends in the middle of a file");
    const type = textAt(header, 156, 1);
    if (type === "0" || type === "") {
      files.push({
        name: textAt(header, 0, 100),
        content: archive.subarray(begin, begin + size),
        mode: numberAt(header, 100, 8),
        uid: numberAt(header, 108, 8),
        gid: numberAt(header, 116, 8),
      });
    }
    at = begin + padded(size);
  }
  return files;
}

/** Returns an archive of these files. Throws on a name of more than 100 bytes. */
export function writeTar(files: readonly TarFile[]): Buffer {
  const blocks = files.flatMap((file) => [
    headerOf(file),
    file.content,
    Buffer.alloc(padded(file.content.length) - file.content.length),
  ]);
  return Buffer.concat([...blocks, END]);
}

function headerOf({ name, content, mode, uid, gid }: TarFile): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`a name of more than 100 bytes: ${name}`);
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, length: number) =>
    header.write(value.toString(8).padStart(length - 1, "0"), at, length - 1, "ascii");
  header.write(name, 0, 100, "utf8");
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(content.length, 124, 12);
  octal(Math.floor(Date.now() / 1000), 136, 12);
  header.write("        0", 148, 9, "ascii"); // the checksum counts as spaces; then the type of an ordinary file
  header.write("ustar\u000000", 257, 8, "ascii");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148, 8, "ascii");
  return header;
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

function textAt(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString("utf8");
}

function numberAt(header: Buffer, at: number, length: number): number {
  const value = Number.parseInt(textAt(header, at, length).trim() || "0", 8);
  if (Number.isNaN(value)) throw new Error("the archive has a header that is no number");
  return value;
}
