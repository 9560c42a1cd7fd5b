// The report's own style sheet: light and dark by the reader's system or by the button, black on white on paper.

export const pageStyle = `
:root{color-scheme:light dark;--page:#f5f6f8;--card:#fff;--ink:#16191d;--soft:#5b6472;--rule:#e2e5ea;--accent:#2962d9;--gain:#08794a;--loss:#c62f36;--gain-soft:#08794a1f;--loss-soft:#c62f361f;--accent-soft:#2962d91c}
@media(prefers-color-scheme:dark){:root:not([data-theme=light]){--page:#0e1115;--card:#161a20;--ink:#e8ebf0;--soft:#98a2b0;--rule:#272d36;--accent:#7aa7ff;--gain:#45d195;--loss:#ff7a78;--gain-soft:#45d19524;--loss-soft:#ff7a7824;--accent-soft:#7aa7ff1f}}
:root[data-theme=dark]{color-scheme:dark;--page:#0e1115;--card:#161a20;--ink:#e8ebf0;--soft:#98a2b0;--rule:#272d36;--accent:#7aa7ff;--gain:#45d195;--loss:#ff7a78;--gain-soft:#45d19524;--loss-soft:#ff7a7824;--accent-soft:#7aa7ff1f}
:root[data-theme=light]{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1240px;margin:0 auto;padding:28px 20px 48px;display:grid;grid-template-columns:minmax(0,1fr);gap:18px}
header{display:flex;flex-wrap:wrap;gap:16px 32px;align-items:flex-end;justify-content:space-between}
header>div:first-child{flex:1 1 460px;min-width:0}
h1{font-size:24px;line-height:1.2;margin:0 0 8px;letter-spacing:-.01em}
h2{font-size:15px;margin:0 0 14px;letter-spacing:.01em}
p{margin:0}
.soft,.none{color:var(--soft)}
.chips{display:flex;flex-wrap:wrap;gap:6px;margin:0 0 8px;padding:0;list-style:none}
.chips li{background:var(--accent-soft);color:var(--accent);border-radius:999px;padding:1px 10px;font-size:13px;font-weight:600}
.net{text-align:right}
.net b{display:block;font-size:34px;line-height:1.15;letter-spacing:-.02em}
.net span{color:var(--soft);font-size:13px}
code{font:12px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.card{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:18px 20px}
.groups{display:grid;gap:18px;grid-template-columns:repeat(auto-fit,minmax(255px,1fr))}
dl{margin:0;display:grid;gap:9px}
dl div{display:flex;justify-content:space-between;gap:12px;align-items:baseline;border-bottom:1px solid var(--rule);padding-bottom:8px}
dl div:last-child{border:0;padding-bottom:0}
dt{color:var(--soft)}
dd{margin:0;font-weight:600;text-align:right;white-space:nowrap}
dd small{display:block;font-weight:400;color:var(--soft);font-size:12px}
.gain{color:var(--gain)}
.loss{color:var(--loss)}
.chart{position:relative;padding-right:84px;touch-action:pan-y}
.readout{font-size:13px;color:var(--soft);min-height:20px;margin-bottom:6px}
.readout b{color:var(--ink);font-weight:600}
.plot{position:relative;margin-bottom:14px}
.plot.tall{height:300px}
.plot.low{height:120px}
.plot svg{display:block;width:100%;height:100%;border-bottom:1px solid var(--rule)}
.plot path{fill:none;vector-effect:non-scaling-stroke}
.plot .grid{stroke:var(--rule);stroke-width:1}
.plot .line{stroke:var(--accent);stroke-width:1.8;stroke-linejoin:round}
.plot .line.down{stroke:var(--loss);stroke-width:1.2}
.plot .area{fill:var(--accent-soft)}
.plot .area.down{fill:var(--loss-soft)}
.plot .start{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 4}
.tag{position:absolute;left:8px;top:6px;font-size:12px;color:var(--soft);background:var(--card);padding:0 6px;border-radius:6px}
.plot.low .tag{top:auto;bottom:6px}
.side{position:absolute;left:100%;margin-left:8px;transform:translateY(-50%);font-size:12px;color:var(--soft);white-space:nowrap}
.times{position:relative;height:18px;margin-top:-6px;font-size:12px;color:var(--soft)}
.times span{position:absolute;transform:translateX(-50%);white-space:nowrap}
.cursor{position:absolute;top:26px;bottom:24px;width:1px;background:var(--soft);opacity:0;pointer-events:none}
.dot{position:absolute;width:9px;height:9px;margin:-4.5px 0 0 -4.5px;border-radius:50%;background:var(--accent);border:2px solid var(--card);opacity:0;pointer-events:none}
.dot.down{background:var(--loss)}
.bars{display:grid;grid-template-columns:max-content minmax(120px,1fr) max-content max-content;gap:8px 16px;align-items:center;font-size:14px}
.bars .track{position:relative;height:18px;border-radius:4px;background:linear-gradient(var(--rule),var(--rule)) var(--zero) 0/1px 100% no-repeat}
.bars .track i{position:absolute;top:2px;bottom:2px;border-radius:3px;min-width:1px}
.bars .track i.gain{background:var(--gain)}
.bars .track i.loss{background:var(--loss)}
.bars b,.bars .count{text-align:right;white-space:nowrap}
.bars .count{color:var(--soft);font-size:13px}
.bars .rule{grid-column:1/-1;border-top:1px solid var(--rule)}
.scroll{overflow:auto;max-height:72vh;margin:0 -20px -18px;border-top:1px solid var(--rule);border-radius:0 0 12px 12px}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{padding:7px 8px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--rule)}
th:first-child,td:first-child{padding-left:20px}
th:last-child,td:last-child{padding-right:20px}
th.text,td.text{text-align:left}
thead th{position:sticky;top:0;background:var(--card);box-shadow:0 1px 0 var(--rule);padding:0}
thead button{all:unset;box-sizing:border-box;cursor:pointer;color:var(--soft);font-weight:600;padding:9px 8px;width:100%;white-space:nowrap}
thead th:first-child{padding-left:12px}
thead th:last-child{padding-right:12px}
thead button:hover,thead [aria-sort] button{color:var(--ink)}
thead button:focus-visible,.theme:focus-visible{outline:2px solid var(--accent);outline-offset:-2px;border-radius:6px}
thead [aria-sort=ascending] button::after{content:" ↑"}
thead [aria-sort=descending] button::after{content:" ↓"}
tbody tr:hover{background:var(--accent-soft)}
.way{font-weight:600;font-size:12px;border-radius:5px;padding:1px 7px}
.way.long{color:var(--gain);background:var(--gain-soft)}
.way.short{color:var(--loss);background:var(--loss-soft)}
.theme{all:unset;cursor:pointer;color:var(--soft);font-size:13px;border:1px solid var(--rule);border-radius:8px;padding:2px 10px}
footer{display:flex;flex-wrap:wrap;gap:8px 20px;justify-content:space-between;align-items:center;color:var(--soft);font-size:13px}
@media(max-width:640px){main{padding:18px 12px 32px}.net{text-align:left}.chart{padding-right:64px}.times span:nth-child(even){display:none}.plot.tall{height:220px}.bars .count{display:none}.bars{grid-template-columns:max-content minmax(80px,1fr) max-content}}
@media print{:root,:root[data-theme]{color-scheme:light;--page:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#ccc;--accent:#1d4fbf;--gain:#056b3f;--loss:#b3242b;--gain-soft:#056b3f18;--loss-soft:#b3242b18;--accent-soft:#1d4fbf14}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}body{font-size:11px}main{padding:0;max-width:none;gap:10px}.groups{grid-template-columns:repeat(4,1fr);gap:10px}.card{padding:10px 12px}h2{font-size:12px;margin-bottom:8px}dl{gap:5px}dl div{padding-bottom:4px}dd small,.soft,.net span,.side,.times,.tag,.chips li,.bars .count{font-size:9px}.net b{font-size:24px}.bars{font-size:10px;gap:3px 12px}.bars .track{height:12px}.plot.tall{height:210px}.plot.low{height:80px}.way{font-size:8px;padding:0 4px}code{font-size:9px}.card{break-inside:avoid}.card.trades{break-inside:auto;border:0;padding:0}.scroll{max-height:none;overflow:visible;margin:0}thead th{position:static}tr{break-inside:avoid}table{font-size:9px}th,td,thead button{padding:3px 4px}.theme,.readout,.cursor,.dot{display:none}@page{margin:12mm}}
`
