/**
 * The style of HTML reports. Every pair of colours has a contrast of at least 4.5 (WCAG 2.2, 1.4.3), in the light and
 * in the dark scheme; severity is told by words as well as by colour.
 */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1b1f24; --quiet: #57606a; --line: #d0d7de; --panel: #f6f8fa; --link: #0550ae;
  --critical: #a40e26; --high: #bc2c1a; --medium: #8a4600; --low: #0550ae; --info: #57606a; --good: #116329;
  --badge-text: #ffffff; --mark: #fff1c2; --added: #dafbe1; --removed: #ffebe9; --hunk: #ddf4ff;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0d1117; --text: #e6edf3; --quiet: #9aa4af; --line: #3a424c; --panel: #161b22; --link: #79b8ff;
    --critical: #ff9492; --high: #ffa28b; --medium: #f0b72f; --low: #79b8ff; --info: #9aa4af; --good: #56d364;
    --badge-text: #0d1117; --mark: #4b3a05; --added: #12391f; --removed: #4d1a1d; --hunk: #12304f;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.6 system-ui, sans-serif; }
header, main, footer { max-width: 64rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
footer { padding-bottom: 3rem; }
h1, h2, h3, h4, h5 { overflow-wrap: anywhere; }
h1 { font-size: 2rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.4rem; margin: 2.5rem 0 1rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.15rem; line-height: 1.4; margin: 0; }
h4 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .6rem 0; max-width: 46rem; overflow-wrap: anywhere; }
ul { margin: .6rem 0; padding-left: 1.4rem; }
li, dd { overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, pre:focus-visible, .wide:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--page); }
.quiet { color: var(--quiet); }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; list-style: none; padding: 0; margin: 1.5rem 0; }
.tiles li { flex: 1 1 6.5rem; padding: .6rem .9rem; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; }
.tiles strong { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.critical { --own: var(--critical); } .high { --own: var(--high); } .medium { --own: var(--medium); }
.low { --own: var(--low); } .info { --own: var(--info); } .good { --own: var(--good); }
.tiles strong { color: var(--own, var(--text)); }
.badge { display: inline-block; padding: 0 .5rem; border-radius: .3rem; background: var(--own); color: var(--badge-text); font-size: .8rem; font-weight: 700; letter-spacing: .02em; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; min-width: 4rem; }
td:first-child, th:first-child { min-width: 2rem; width: 2rem; }
article { margin: 1.5rem 0; padding: 1.25rem; border: 1px solid var(--line); border-left: .35rem solid var(--own); border-radius: .5rem; }
article > p:first-of-type { margin-top: .3rem; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .875em; }
code { background: var(--panel); padding: .1em .3em; border-radius: .25rem; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; padding: .6rem 0; margin: .6rem 0; overflow-x: auto; line-height: 1.5; tab-size: 4; }
pre code { display: block; width: max-content; min-width: 100%; padding: 0; background: none; }
pre span { display: block; padding: 0 .9rem; white-space: pre; }
pre > code:not(:has(span)) { padding: 0 .9rem; }
pre .number { display: inline-block; min-width: 2.5rem; padding: 0 1rem 0 0; text-align: right; color: var(--quiet); user-select: none; }
pre .marked { background: var(--mark); }
pre .marked .number { color: var(--text); font-weight: 700; }
pre mark { background: none; color: inherit; text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: 3px; font-weight: 700; }
pre .added { background: var(--added); } pre .removed { background: var(--removed); } pre .hunk { background: var(--hunk); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .6rem 0; }
dt { color: var(--quiet); } dd { margin: 0; }
details { margin: .6rem 0; } summary { cursor: pointer; }
@media (max-width: 40rem) {
  h1 { font-size: 1.5rem; } article { padding: .9rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; }
  table:not(.figures) thead { position: absolute; left: -100rem; }
  table:not(.figures) tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  table:not(.figures) td, table:not(.figures) td:first-child { display: block; width: auto; padding: .1rem 0; border: 0; }
  td:empty { display: none; }
  td[data-label]::before { content: attr(data-label) ": "; color: var(--quiet); }
}
@media print {
  :root { color-scheme: light; }
  body { font-size: 10.5pt; }
  header, main, footer { max-width: none; padding: 0; }
  article, .tiles li, tr { break-inside: avoid; } h2, h3, h4 { break-after: avoid; }
  pre, .wide { overflow: visible; } pre span, pre code { white-space: pre-wrap; width: auto; overflow-wrap: anywhere; }
  .skip { display: none; } a { color: inherit; }
}
`.trim();
