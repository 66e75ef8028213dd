/** All forms of a run's results. */
import type { ResultsRenderer } from "../../core/results/report-input.ts";
import { renderHtml } from "../html/page.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderResults } from "./results.ts";
import { runScreen } from "./screen.ts";

export const resultsRenderer: ResultsRenderer = {
  text: renderResults,
  screen: runScreen,
  html: renderHtml,
  markdown: renderMarkdown,
  junit: renderJunit,
};
