/** Renders a measured run as one self-contained page: it needs no network, and its policy forbids using one. */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { whenText } from "../text/figures.ts";
import { markup, Markup } from "../markup.ts";
import { conditionsSection } from "./conditions.ts";
import { historySection } from "./history.ts";
import type { ReportInput } from "../../core/results/report-input.ts";
import { machineSection } from "./machine.ts";
import { resourcesSection } from "./resources.ts";
import { scenariosSection } from "./scenarios.ts";
import { startUpSection } from "./startup.ts";
import { STYLE } from "./style.ts";
import { verdictSection } from "./verdict.ts";

/** Renders the page. Pure: the same input gives the same text. It is well-formed XML, so that a parser can check it. */
export function renderHtml({ document, baseline, history, changes, trace }: ReportInput): string {
  const { run, verdict } = document;
  const { resources, fingerprint } = run;
  const title = `${verdict?.verdict ?? "no verdict"}: ${run.profile}, ${whenText(run.startedAt)}`;
  const page = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy()}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="referrer" content="no-referrer"/>
<title>${title} - Plumbline</title>
<link rel="icon" href="data:,"/>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header class="top"><span class="name">${BOB}Plumbline</span><span>profile ${run.profile}</span><time datetime="${run.startedAt}">${whenText(run.startedAt)}</time></header>
<main>
${verdictSection(document)}
${scenariosSection(run, verdict, baseline)}
${machineSection(run, verdict)}
${historySection(history, changes)}
${resources && resourcesSection(resources, fingerprint.cpus)}
${conditionsSection(run, baseline)}
${trace && startUpSection(trace)}
</main>
</body>
</html>
`;
  return page.text;
}

/** A plumb bob on its line. */
const BOB = markup`<svg class="bob" width="10" height="20" viewBox="0 0 10 20" aria-hidden="true"><path d="M5 0V8M2 8h6l1 4-4 7-4-7z"/></svg>`;

/** The content security policy: nothing may be loaded, run or sent; only the page's own style sheet is allowed. */
function policy(): string {
  const hash = btoa(String.fromCodePoint(...sha256(utf8ToBytes(STYLE))));
  return `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
}
