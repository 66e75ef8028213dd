/** The page's style. Colours are tokens: light, dark and print differ only in three lists. */

const LIGHT = `
  --page: #fbfbf9; --card: #ffffff; --text: #1a1d21; --quiet: #5a626c; --line: #e2e4e6; --edge: #d3d6da;
  --now: #1f5fbf; --now-soft: #1f5fbf26; --before: #7b828b; --before-soft: #7b828b29;
  --good: #1b7447; --bad: #b3261e; --open: #7a5200; --memory: #6b4fa0; --memory-soft: #6b4fa026;
  --good-soft: #1b744717; --bad-soft: #b3261e14; --open-soft: #7a520017;
  --margin: #1b744717; --held: #c2571a;`;

const DARK = `
  --page: #121416; --card: #1a1d20; --text: #e9ebed; --quiet: #a3abb5; --line: #2b3035; --edge: #363c42;
  --now: #7ab3ff; --now-soft: #7ab3ff2e; --before: #8d959f; --before-soft: #8d959f2e;
  --good: #63cf97; --bad: #ff8f85; --open: #e5b85c; --memory: #bda4ee; --memory-soft: #bda4ee2e;
  --good-soft: #63cf971f; --bad-soft: #ff8f851f; --open-soft: #e5b85c1f;
  --margin: #63cf971c; --held: #f09a5b;`;

const PAGE = `
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
  "Liberation Sans", "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100%; overflow-wrap: anywhere; }
main, .top { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
main { padding-bottom: 64px; }
.top { display: flex; flex-wrap: wrap; gap: 4px 18px; padding-top: 18px; padding-bottom: 14px; color: var(--quiet);
  font-size: 13px; border-bottom: 1px solid var(--line); }
.bob { fill: none; stroke: var(--now); stroke-width: 1.4; stroke-linejoin: round; }
.top .name { display: flex; align-items: center; gap: 8px; font-weight: 650; color: var(--text); letter-spacing: .01em; margin-right: auto; }
section { margin-top: 56px; }
section.verdict { margin-top: 36px; }
h1, h2, h3, p, figure, dl, dd, ul { margin: 0; }
h1 { font-size: clamp(22px, 3.4vw, 32px); line-height: 1.22; font-weight: 640; letter-spacing: -.015em; max-width: 30em;
  text-wrap: balance; }
h2 { font-size: 19px; line-height: 1.3; font-weight: 640; letter-spacing: -.005em; }
h3 { font-size: 14px; font-weight: 620; line-height: 1.4; }
section.verdict h2 { margin-top: 40px; }
code { font: .92em ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; }
.lead { color: var(--quiet); margin-top: 8px; max-width: 62em; }
.exit { color: var(--text); }
.word { display: flex; align-items: center; gap: 9px; font-size: 15px; font-weight: 640; margin-bottom: 8px; }
.word::before { content: ""; width: 10px; height: 10px; border-radius: 50%; background: currentColor; }
.good { color: var(--good); } .bad { color: var(--bad); } .open { color: var(--open); }
.warnings { margin-top: 14px; padding: 0 0 0 14px; border-left: 3px solid var(--open); color: var(--quiet); list-style: none; }
.sub, .remark { font-size: 13px; line-height: 1.45; color: var(--quiet); }
.remark { margin-top: 8px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0 14px; font-size: 13px; color: var(--quiet); }
.key { display: inline-flex; align-items: center; gap: 7px; }
.key::before { content: ""; width: 16px; height: 3px; border-radius: 2px; background: currentColor; }
.key.now::before, .key.cpu::before, .key.preparing::before { background: var(--now); }
.key.before::before { background: var(--before); }
.key.latest::before { background: var(--now); width: 8px; height: 8px; border-radius: 50%; }
.key.break::before { background: none; width: 0; height: 12px; border-left: 1.5px dashed var(--before); border-radius: 0; }
.key.change::before { background: var(--open); width: 2px; height: 12px; }
.key.memory::before { background: var(--memory); }
.key.throttled::before { background: var(--held); height: 7px; }
.key.others::before { background: var(--held); height: 8px; }
.key.created::before { background: var(--before); height: 2px; }
.key.running::before { background: var(--before); height: 8px; }
.key.preparing::before { height: 8px; }
.key.ready::before { background: var(--good); width: 9px; height: 9px; border-radius: 50%; }
.key.point-key::before { background: var(--quiet); }
.key.margin-key::before { background: var(--margin); height: 12px; outline: 1px solid var(--edge); }`;

const CARDS = `
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); gap: 16px; }
.cards.small { grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); }
.card { min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px 12px; }
.card header { display: flex; justify-content: space-between; align-items: baseline; gap: 10px; }
.card figure { margin-top: 12px; }
.card figcaption { font-size: 12px; color: var(--quiet); margin-bottom: 2px; }
.badge { flex: none; font-size: 12px; font-weight: 600; line-height: 1; padding: 4px 8px; border-radius: 99px; }
.badge.good { background: var(--good-soft); } .badge.bad { background: var(--bad-soft); } .badge.open { background: var(--open-soft); }
.headline { margin-top: 8px; font-size: 13px; color: var(--quiet); font-variant-numeric: tabular-nums; }
.headline strong { font-size: 22px; font-weight: 640; color: var(--text); letter-spacing: -.01em; }
.figure { font-size: 13px; color: var(--quiet); font-variant-numeric: tabular-nums; white-space: nowrap; }
dl.inline { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; font-variant-numeric: tabular-nums; margin-top: 2px; }
dl.inline div { display: flex; gap: 5px; }
dt { color: var(--quiet); }
dl.facts { font-size: 14px; margin-top: 6px; }
dl.facts div { display: grid; grid-template-columns: 8.5em 1fr; gap: 12px; padding: 5px 0; border-top: 1px solid var(--line); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 24px 40px; margin: 16px 0 28px; }
#conditions ~ h3 { margin: 28px 0 6px; }
details { margin-top: 10px; font-size: 13px; }
summary { cursor: pointer; color: var(--quiet); width: fit-content; }
summary:hover { color: var(--text); }
:focus-visible { outline: 2px solid var(--now); outline-offset: 2px; border-radius: 3px; }
.scroll { overflow-x: auto; margin-top: 6px; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { text-align: left; vertical-align: top; padding: 5px 18px 5px 0; border-top: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--quiet); border-top: 0; white-space: nowrap; }
td { min-width: 4.5em; }
details td { white-space: nowrap; }
.differs { color: var(--open); white-space: nowrap; }`;

const CHARTS = `
.chart { display: block; overflow: visible; font-size: 11px; font-variant-numeric: tabular-nums; }
.chart text { fill: var(--text); }
.chart path { vector-effect: non-scaling-stroke; fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.rows { margin-top: 4px; }
.row { display: grid; grid-template: "name value" auto "chart chart" auto / 1fr auto; column-gap: 16px; font-size: 13px;
  line-height: 1.4; }
.row-name { grid-area: name; padding-top: 8px; } .row > .chart { grid-area: chart; }
.row-value { grid-area: value; align-self: end; text-align: right; font-weight: 600; font-variant-numeric: tabular-nums; }
.row-value.quiet { font-weight: 400; color: var(--quiet); }
@media (min-width: 720px), print {
  .rows { display: grid; grid-template-columns: fit-content(26em) 1fr auto; column-gap: 16px; }
  .row { grid-column: 1 / -1; grid-template: "name chart value" auto / subgrid; align-items: center; }
  .row-name { padding: 1px 0; } .row-value { align-self: center; }
}
.chart .halo { paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
.chart .grid { stroke: var(--line); }
.chart .tick, .chart .mark-label { fill: var(--quiet); }
.chart .area-now, .chart .area-cpu { fill: var(--now-soft); stroke: none; }
.chart .line-now, .chart .line-cpu { stroke: var(--now); }
.chart line.line-now { stroke-width: 1.6; }
.chart .line-before { stroke: var(--before); stroke-dasharray: 4 3; }
.chart .band-now { fill: var(--now-soft); } .chart .band-before { fill: var(--before-soft); }
.chart .dot-now { fill: var(--now); stroke: var(--card); } .chart .dot-past { fill: var(--before); stroke: var(--card); }
.chart .break { stroke: var(--before); stroke-dasharray: 2 3; }
.chart .mark { stroke: var(--now); stroke-width: 1; }
.chart .area-memory { fill: var(--memory-soft); stroke: none; } .chart .line-memory { stroke: var(--memory); }
.chart .area-throttled { fill: var(--held); stroke: none; }
.chart .others { fill: var(--held); }
.chart .limit { stroke: var(--quiet); stroke-dasharray: 5 3; }
.chart .floor { fill: var(--edge); }
.chart .line-quiet { stroke: var(--before); stroke-width: 1; }
.chart .change { stroke: var(--open); stroke-width: 1.5; } .chart .level { stroke: var(--open); stroke-width: 1.5; opacity: .75; }
.chart .change-label { fill: var(--open); font-weight: 600; }
.chart .margin { fill: var(--margin); }
.chart .zero { stroke: var(--edge); stroke-width: 1.5; }
.chart .range { stroke-width: 3; stroke-linecap: round; }
.chart .range.good { stroke: var(--good); } .chart .range.bad { stroke: var(--bad); } .chart .range.open { stroke: var(--open); }
.chart .point { stroke: var(--page); stroke-width: 1.5; }
.chart .point.good { fill: var(--good); } .chart .point.bad { fill: var(--bad); } .chart .point.open { fill: var(--open); }
.chart .created { stroke: var(--before); stroke-width: 2; }
.chart .running { fill: var(--before); } .chart .preparing { fill: var(--now); }
.chart .ready { fill: var(--good); stroke: var(--page); stroke-width: 1.5; }
.chart .phase { fill: var(--before); }
@media print {
  body { font-size: 11pt; } .card, figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; } details::details-content { content-visibility: visible; block-size: auto; }
}`;

export const STYLE = `:root {${LIGHT}
}
@media (prefers-color-scheme: dark) { :root {${DARK}
} }
@media print { :root {${LIGHT}
} }
${PAGE}
${CARDS}
${CHARTS}
`;
