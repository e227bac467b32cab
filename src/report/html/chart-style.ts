/**
 * The style of charts. Lines are told from each other by their dashes and by the names at their ends as well as by their
 * colours (after Okabe and Ito, https://jfly.uni-koeln.de/color/, made darker or lighter until each has a contrast of 4.5
 * to the page, for the names have the colours of their lines).
 */
export const chartStyle = `
:root { --c0: #0b62b8; --c1: #a34700; --c2: #1a7048; --c3: #8a3f8f; --c4: #6b5500; --c5: #4a5a68; --bad: #b3141f; --step: #3d7ab8; --answered: #7fa8cf; }
@media screen and (prefers-color-scheme: dark) {
  :root { --c0: #6cb6ff; --c1: #f2a25c; --c2: #5fd3a0; --c3: #dda6e8; --c4: #dcc45a; --c5: #a9b8c6; --bad: #ff8a80; --step: #4f8fd0; --answered: #35648f; }
}
.s0 { --own: var(--c0); } .s1 { --own: var(--c1); } .s2 { --own: var(--c2); } .s3 { --own: var(--c3); } .s4 { --own: var(--c4); } .s5 { --own: var(--c5); }
figure { margin: 1.75rem 0 2.25rem; break-inside: avoid; }
figcaption { margin-bottom: .75rem; max-width: 46rem; overflow-wrap: anywhere; }
.chart { display: block; width: 100%; height: auto; font-family: system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.chart.narrow { display: none; max-width: 30rem; margin: 0 auto; }
.chart text { fill: var(--text); }
.chart .axis, .chart .tick { fill: var(--quiet); }
.chart .grid { fill: none; stroke: var(--line); stroke-width: 1; }
.chart .line { fill: none; stroke: var(--quiet); stroke-width: 1; }
.chart .mark { fill: none; stroke: var(--own); stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round; }
.chart .mark.s1 { stroke-dasharray: 7 5; } .chart .mark.s2 { stroke-dasharray: 1.5 4.5; } .chart .mark.s3 { stroke-dasharray: 10 4 2 4; }
.chart .mark.s4 { stroke-dasharray: 4 3; stroke-width: 1.5; } .chart .mark.s5 { stroke-dasharray: 12 6; stroke-width: 1.5; }
.chart .mark.limit { stroke: var(--quiet); stroke-width: 1.25; stroke-dasharray: 2 3; }
.chart .dot { fill: var(--own); } .chart .band { fill: var(--own); opacity: .13; }
.chart .name { font-weight: 600; fill: var(--own, var(--text)); } .chart .name.limit { fill: var(--quiet); font-weight: 400; }
.chart .bar.good { fill: var(--answered); } .chart .bar.limited { fill: none; stroke: var(--c4); stroke-width: 1.25; } .chart .bar.bad { fill: var(--bad); } .chart .bar.step { fill: var(--step); }
.chart .cross { fill: none; stroke: var(--bad); stroke-width: 1.75; stroke-linecap: round; }
.chart .dots { fill: none; stroke: var(--c0); stroke-width: 2.5; stroke-linecap: round; opacity: .75; }
.chart .moment { fill: none; stroke: var(--c1); stroke-width: 1.25; stroke-dasharray: 4 4; }
.chart .moment-disc { fill: var(--c1); } .chart .moment-number { fill: var(--page); font-weight: 700; font-size: .85em; }
.chart .group { font-weight: 600; } .chart .tick, .chart .row { paint-order: stroke; stroke: var(--page); stroke-width: 3px; stroke-linejoin: round; }
.chart .inside { fill: var(--page); font-weight: 600; }
.moments { columns: 2 20rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
table.figures { width: auto; min-width: min(100%, 36rem); }
.figures th, .figures td { padding-right: 1.25rem; }
.figures td { min-width: 0; } .figures th:first-child { width: auto; min-width: 9rem; } .figures tbody th { font-weight: 400; }
main > section > section > h3, main > section > h3 { margin-top: 2.25rem; margin-bottom: .5rem; }
article h4:first-child { margin-top: 0; }
.headlines > section { margin-top: 1.25rem; } .headlines h2 { font-size: 1.05rem; margin: 0; padding: 0; border: 0; } .headlines .tiles { margin: .5rem 0 0; }
.tiles li { flex-basis: 9rem; line-height: 1.4; } .tiles strong { white-space: nowrap; margin-bottom: .15rem; }
.figures .good, .figures .bad { font-weight: 700; } .figures .good { color: var(--good); } .figures .bad { color: var(--bad); }
.notice { border-left: .3rem solid var(--own, var(--line)); padding: .1rem 0 .1rem .9rem; }
@media (max-width: 44rem) {
  .chart.broad { display: none; } .chart.narrow { display: block; }
  table.figures { font-size: .85rem; } .figures th, .figures td { padding-right: .75rem; } .figures th:first-child { min-width: 5.5rem; }
}
@media print {
  .chart.broad { display: block; } .chart.narrow { display: none; }
}
`.trim();
