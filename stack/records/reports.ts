/** The reports of a finished run, for people and for continuous integration; written beside its JSON file. */
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { Rendered } from "../core/results/commands/report.ts";
import type { RecordedBaseline } from "../core/results/baseline.ts";
import { readRegular } from "../host/regular-file.ts";
import { filesBeside, loadBaselines, resultsNewestFirst, replaceFile, type ResultFiles } from "./files.ts";
import { resultsSchema, type ResultsDocument } from "../core/results/performance-results.ts";
import { messageOf, PlumblineError } from "../core/errors.ts";
import type { Past, ReportInput, ResultsRenderer } from "../core/results/report-input.ts";
import type { Copies } from "./copies.ts";
import { pastOf } from "./past.ts";
import { newestTrace } from "./trace.ts";

const NO_PAST: Past = { history: [], changes: [] };

/** Writes HTML, Markdown and JUnit XML, and returns the paths of all written files. */
export async function saveReports(
  files: ResultFiles,
  renderer: ResultsRenderer,
  input: Omit<ReportInput, keyof Past>,
  { copies = {}, past = NO_PAST }: { readonly copies?: Copies; readonly past?: Past } = {},
): Promise<readonly string[]> {
  const markdown = renderer.markdown(input.document);
  const junit = renderer.junit(input.document);
  const texts: readonly (readonly [path: string | undefined, text: string])[] = [
    [files.html, renderer.html({ ...input, ...past })],
    [files.markdown, markdown],
    [files.junit, junit],
    [copies.markdown, markdown],
    [copies.junit, junit],
  ];
  const written: string[] = [];
  for (const [path, text] of texts) {
    if (path === undefined) continue;
    await replaceFile(resolve(path), text);
    written.push(path);
  }
  return written;
}

/** Writes a run's reports again. Rejects with WRONG_USAGE for a file that holds no results. */
export async function renderAgain(
  { results: resultsFolder, baselines: baselinesFolder }: { readonly results: string; readonly baselines: string },
  named: string | undefined,
  renderer: ResultsRenderer,
): Promise<Rendered> {
  const path = named ?? (await resultsNewestFirst(resultsFolder))[0];
  if (path === undefined) throw noResults(`${resultsFolder} holds no results`, "it is empty or does not exist");
  const document = await readResults(path);
  const baseline = await baselineNamed(baselinesFolder, document);
  const trace = await newestTrace(dirname(path));
  const input = { document, ...(baseline ? { baseline } : {}), ...(trace ? { trace } : {}) };
  const past = await pastOf(dirname(path), document.run);
  return { results: path, files: await saveReports(filesBeside(path), renderer, input, { past }) };
}

async function readResults(path: string): Promise<ResultsDocument> {
  try {
    const parsed = resultsSchema.safeParse(JSON.parse((await readRegular(path)).toString("utf8")));
    if (parsed.success) return parsed.data;
    throw noResults(`${path} holds no results of Plumbline`, z.prettifyError(parsed.error));
  } catch (error) {
    throw error instanceof PlumblineError ? error : noResults(`${path} cannot be read`, messageOf(error));
  }
}

/** Returns the baseline that the verdict used, unless it was recorded again since. */
async function baselineNamed(folder: string, { verdict }: ResultsDocument): Promise<RecordedBaseline | undefined> {
  const wanted = verdict?.baseline;
  const recorded = (await loadBaselines(folder)).filter((baseline) => baseline.kind === "recorded");
  return recorded.find(({ name, recordedAt }) => name === wanted?.name && recordedAt === wanted.recordedAt);
}

function noResults(what: string, why: string): PlumblineError {
  return new PlumblineError("WRONG_USAGE", {
    what,
    why,
    fix: "Name a performance-results-*.json, or measure with `npm run bench`",
  });
}
