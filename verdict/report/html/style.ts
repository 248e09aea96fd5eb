/** The page's style sheet: one column that fits a phone, light or dark as the reader's system is. */
export const style = `
:root { color-scheme: light dark;
  --ink: #1c2128; --soft: #5b6470; --line: #d9dee5; --paper: #ffffff; --card: #f6f8fa;
  --good: #1a7f4b; --bad: #c4314b; --warn: #9a6700; --ok: #2da44e; --fault: #c4314b;
  --c1: #1f6feb; --c2: #8250df; --c3: #bf5af2; --c4: #0a7d8c; --c5: #b35900; --c6: #6e7781; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e6e9ee; --soft: #98a2b0; --line: #343b45; --paper: #12161c; --card: #1a2029;
  --good: #4ac585; --bad: #ff7b8e; --warn: #e0b04c; --ok: #56d17c; --fault: #ff7b8e;
  --c1: #6cb0ff; --c2: #c29bff; --c3: #f0a6ff; --c4: #5cd5e0; --c5: #ffb265; --c6: #b1bac4; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.25rem 1rem 3rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; margin: 0; font-size: 1.6rem; }
h2 { margin: 2.25rem 0 .5rem; font-size: 1.1rem; }
p { margin: .35rem 0; }
small, .soft { color: var(--soft); font-size: .87rem; }
ul { margin: .35rem 0; padding-left: 1.2rem; }
.badge { padding: .05rem .7rem; border-radius: .4rem; background: var(--tone); color: var(--paper); font-weight: 650;
  letter-spacing: .02em; }
.PASS { --tone: var(--good); } .FAIL { --tone: var(--bad); } .INCONCLUSIVE, .ABORTED { --tone: var(--warn); }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { padding: .28rem .9rem .28rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 500; font-size: .87rem; white-space: nowrap; }
td.n, th.n { text-align: right; white-space: nowrap; }
.card { margin: .6rem 0; padding: .7rem .9rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
.card p:first-child { margin-top: 0; }
code { font: .86rem ui-monospace, monospace; }
figure { margin: .9rem 0 0; border-radius: .4rem; }
figure:focus-visible { outline: 2px solid var(--c1); outline-offset: 4px; }
figcaption { font-weight: 550; font-size: .93rem; }
.uplot { max-width: 100%; } .u-legend { font-size: .8rem; text-align: left; margin: 0; }
.u-legend th, .u-legend td { border: 0; color: var(--soft); } .u-select { background: var(--soft); opacity: .2; }
.u-legend .u-marker { width: .8em; height: .8em; }
details { margin: .6rem 0; } summary { cursor: pointer; color: var(--soft); }
.key span { margin-right: 1.1rem; }
.key i { display: inline-block; width: .8em; height: .8em; margin-right: .35em; border-radius: .15em;
  background: var(--swatch); opacity: .4; }
@media (max-width: 40rem) { body { font-size: 14px; } h1 { font-size: 1.3rem; } }
`;
