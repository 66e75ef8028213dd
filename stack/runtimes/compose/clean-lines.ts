/** Log lines of servers, made fit for a terminal. */
import { Transform } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import pc from "picocolors";
import { beginning, cutLine, LINE_MOST, printable } from "../../core/printable.ts";

/** Compose 2 begins every line with this, even without a terminal, where there is nothing to erase. */
const ERASE_LINE = "\u001B[2K";

/** Of a line without end, no more than this is held until its end comes. */
const HELD_MOST = 2 * LINE_MOST;

/**
 * Returns a stream that passes lines on without anything that a terminal would obey, and cuts long ones. It works line
 * by line, because chunks split lines, escape sequences and characters. `coloured`: gives the prefix of each server
 * ("redis-1 |") a colour of its own.
 */
export function cleanLines({ coloured }: { readonly coloured: boolean }): Transform {
  const decoder = new StringDecoder("utf8");
  const painted = prefixPainter(coloured);
  const clean = (line: string) => painted(printable(cutLine(line.replaceAll(ERASE_LINE, "").replace(/\r$/, ""))));
  let begun = "";
  const take = (text: string): string => {
    const lines = (begun + text).split("\n");
    begun = beginning(lines.pop() ?? "", HELD_MOST);
    return lines.map((line) => `${clean(line)}\n`).join("");
  };
  return new Transform({
    encoding: "utf8",
    transform(chunk: Buffer, _encoding, done) {
      done(undefined, take(decoder.write(chunk)));
    },
    flush(done) {
      const rest = take(decoder.end());
      done(undefined, begun === "" ? rest : rest + clean(begun));
    },
  });
}

/** Colours in the order in which servers first say something. */
function prefixPainter(coloured: boolean): (line: string) => string {
  if (!coloured) return (line) => line;
  const { cyan, yellow, green, magenta, blue } = pc.createColors(true);
  const colours = [cyan, yellow, green, magenta, blue];
  const seen = new Map<string, number>();
  return (line) => {
    const [prefix] = /^[\w.-]+ *\|/.exec(line) ?? [];
    if (prefix === undefined) return line;
    const place = seen.get(prefix) ?? seen.size;
    seen.set(prefix, place);
    const colour = colours[place % colours.length] ?? cyan;
    return `${colour(prefix)}${line.slice(prefix.length)}`;
  };
}
