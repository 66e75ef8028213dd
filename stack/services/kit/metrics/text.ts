/** Parses Prometheus' text format. Pure. Source: https://prometheus.io/docs/instrumenting/exposition_formats/. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** May be NaN or infinite. */
  readonly value: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*,?\s*/;
/** After the labels: a value, and optionally a time in milliseconds. */
const VALUE = /\s*(\S+)(?:\s+-?\d+)?\s*$/;

/**
 * Returns all samples in order. Throws on a line that is neither a sample nor a comment: the page does not hold
 * metrics.
 */
export function parseMetrics(text: string): readonly Sample[] {
  return text.split("\n").flatMap((line) => {
    const content = line.trim();
    return content === "" || content.startsWith("#") ? [] : [parseSample(content)];
  });
}

function parseSample(line: string): Sample {
  const [name] = matchAt(NAME, line, 0) ?? [];
  if (name === undefined) throw notMetrics(line);
  let at = name.length;
  const labels: [string, string][] = [];
  if (line[at] === "{") {
    at += 1;
    for (let label = matchAt(LABEL, line, at); label; label = matchAt(LABEL, line, at)) {
      labels.push([label[1] ?? "", unescaped(label[2] ?? "")]);
      at += label[0].length;
    }
    if (line[at] !== "}") throw notMetrics(line);
    at += 1;
  }
  const value = numberOf(matchAt(VALUE, line, at)?.[1]);
  if (value === undefined) throw notMetrics(line);
  return { name, labels: Object.fromEntries(labels), value };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  const sticky = new RegExp(pattern.source, "y");
  sticky.lastIndex = at;
  return sticky.exec(text) ?? undefined;
}

/** Parses Go's spelling of numbers: 1.5e+07, NaN, +Inf. */
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinity) return infinity[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  return Number.isNaN(Number(text)) ? undefined : Number(text);
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}

function notMetrics(line: string): Error {
  return new Error(`no line of Prometheus' text format: ${line.slice(0, 80)}`);
}

/** Returns the samples of one metric. */
export function samplesOf(samples: readonly Sample[], name: string): readonly Sample[] {
  return samples.filter((sample) => sample.name === name);
}

/** Returns the sum over all series of one metric; undefined if there is none. */
export function sumOf(samples: readonly Sample[], name: string): number | undefined {
  const series = samplesOf(samples, name);
  return series.length === 0 ? undefined : series.reduce((sum, { value }) => sum + value, 0);
}
