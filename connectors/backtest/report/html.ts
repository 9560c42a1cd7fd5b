// The report of a run as one page that needs nothing else: no network, no other file. The same run gives the same bytes.
// It shows metrics and records, and computes nothing that the records don't say.
import type { TradeClosed } from '../../../schemas/types.gen.ts'
import { equityChart } from './chart.ts'
import type { EquityPoint } from './equity.ts'
import {
  formatLength,
  formatNumber,
  formatPercent,
  formatTime,
  formatUsd,
  toneOf,
} from './format.ts'
import { html, ownText, type Markup } from './markup.ts'
import type { NamedTrade, PerformanceMetrics } from './metrics.ts'
import { pageScript } from './page-script.ts'
import { pageStyle } from './page-style.ts'
import { tradeTable } from './trade-table.ts'

/** A run as its report shows it. */
export interface RunReport {
  title: string
  symbols: readonly string[]
  /** First and last event time. */
  from_ms: number
  to_ms: number
  venue: string
  /** Interval of the bars that signals are made of. */
  bar_interval_ms: number
  ticks: number
  output_sha256: string
  metrics: PerformanceMetrics
  curve: readonly EquityPoint[]
  trades: readonly TradeClosed[]
}

/** The whole page as a string. */
export function renderReport(report: RunReport): string {
  const { metrics } = report
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>${report.title}: ${report.symbols.join(', ')}</title>
        ${ownText('style', pageStyle)}
      </head>
      <body>
        <main>
          ${header(report)}
          <section class="groups">${cards(metrics)}</section>
          <section class="card">
            <h2>Equity and drawdown</h2>
            ${equityChart(report.curve)}
          </section>
          <section class="card">
            <h2>Where the result came from, USD</h2>
            ${resultBars(metrics)}
          </section>
          <section class="card trades">
            <h2>Closed trades</h2>
            ${tradeTable(report.trades)}
          </section>
          <footer>
            <span>Hash of all output records, sha256 <code>${report.output_sha256}</code></span
            ><button class="theme" id="theme" hidden>Light / dark</button>
          </footer>
        </main>
        ${ownText('script', pageScript)}
      </body>
    </html> `
  return page.markup
}

function header(report: RunReport): Markup {
  const { metrics } = report
  const net = formatUsd(metrics.net_usd, true)
  const precise = report.to_ms - report.from_ms < 3_600_000
  return html`<header>
    <div>
      <h1>${report.title}</h1>
      <ul class="chips">
        ${report.symbols.map((symbol) => html`<li>${symbol}</li>`)}
      </ul>
      <p class="soft">
        ${formatTime(report.from_ms, precise)} to ${formatTime(report.to_ms, precise)} UTC
        (${formatLength(report.to_ms - report.from_ms)}) · ${report.venue} ·
        ${formatLength(report.bar_interval_ms)} bars · ${report.ticks.toLocaleString('en-US')} ticks
        · <code title="${report.output_sha256}">${report.output_sha256.slice(0, 12)}</code>
      </p>
    </div>
    <div class="net">
      <span>Net of closed trades, USD</span>
      <b class="${toneOf(metrics.net_usd)}">${net}</b>
      <span>${formatPercent(metrics.total_return, true)} on equity, open positions included</span>
    </div>
  </header>`
}

interface Line {
  label: string
  value: string
  tone?: string
  note?: string
}

function cards(m: PerformanceMetrics): Markup[] {
  const sampled =
    m.return_interval_ms === null
      ? 'run too short to annualise'
      : `${m.return_samples} returns of ${formatLength(m.return_interval_ms)}`
  return [
    card('Return', [
      {
        label: 'Total return',
        value: formatPercent(m.total_return, true),
        tone: toneOf(m.total_return),
        note: `${formatUsd(m.start_equity_usd)} to ${formatUsd(m.end_equity_usd)}`,
      },
      { label: 'Sharpe, annualised', value: formatNumber(m.sharpe), note: sampled },
      { label: 'Sortino, annualised', value: formatNumber(m.sortino) },
      { label: 'Profit factor', value: formatNumber(m.profit_factor) },
    ]),
    card('Risk', [
      {
        label: 'Largest drawdown',
        value: formatPercent(m.max_drawdown_fraction),
        note: `${formatUsd(m.max_drawdown_usd)} USD`,
      },
      {
        label: 'Its trough',
        value: formatTime(m.max_drawdown_trough_at_ms).slice(0, 16),
        note: `from ${formatTime(m.max_drawdown_peak_at_ms).slice(0, 16)}`,
      },
      { label: 'Longest drawdown', value: formatLength(m.longest_drawdown_ms) },
      { label: 'Time in the market', value: formatPercent(m.exposure_fraction) },
    ]),
    card('Trades', [
      { label: 'Closed', value: String(m.trades), note: `${m.long} long, ${m.short} short` },
      {
        label: 'Win rate',
        value: formatPercent(m.win_rate),
        note: `${m.wins} won, ${m.losses} lost`,
      },
      {
        label: 'Expectancy',
        value: `${formatUsd(m.expectancy_usd, true)} USD`,
        tone: toneOf(m.expectancy_usd),
        note: `${formatNumber(m.expectancy_r, 3, true)} R`,
      },
      { label: 'Average time held', value: formatLength(m.average_held_ms) },
    ]),
    card('Costs and extremes', [
      {
        label: 'Turnover',
        value: `${formatUsd(m.turnover_usd)} USD`,
        note: `${formatNumber(m.turnover_ratio, 1)} × starting equity`,
      },
      {
        label: 'Fees',
        value: `${formatUsd(m.fees_usd)} USD`,
        note: `funding ${formatUsd(m.funding_usd, true)}`,
      },
      named('Best trade', m.best),
      named('Worst trade', m.worst),
    ]),
  ]
}

function named(label: string, trade: NamedTrade | null): Line {
  if (trade === null) return { label, value: '–' }
  const value = formatUsd(trade.net_usd, true)
  const note = `${trade.symbol}, ${formatNumber(trade.r_multiple, 2, true)} R`
  return { label, value, tone: toneOf(trade.net_usd), note }
}

function card(title: string, lines: readonly Line[]): Markup {
  return html`<section class="card">
    <h2>${title}</h2>
    <dl>
      ${lines.map(
        ({ label, value, tone = '', note }) =>
          html`<div>
            <dt>${label}</dt>
            <dd class="${tone}">
              ${value}${note === undefined ? '' : html`<small>${note}</small>`}
            </dd>
          </div>`,
      )}
    </dl>
  </section>`
}

interface Bar {
  label: string
  usd: number
  count: string
}

/** What each exit rule realised, less fees, with funding: the bars above the rule sum to the net below it. */
function resultBars(m: PerformanceMetrics): Markup {
  if (m.trades === 0) return html`<p class="none">No trade was closed.</p>`
  const parts: Bar[] = [
    ...[...m.by_exit_kind]
      .sort((left, right) => Number(right.realised_usd) - Number(left.realised_usd))
      .map((kind) => ({
        label: kind.exit_kind,
        usd: Number(kind.realised_usd),
        count: `${kind.legs} ${kind.legs === 1 ? 'fill' : 'fills'}, closed ${kind.closed_trades}, won ${kind.wins}`,
      })),
    { label: 'Fees', usd: -Number(m.fees_usd), count: '' },
    { label: 'Funding', usd: Number(m.funding_usd), count: '' },
  ]
  const net: Bar = { label: 'Net', usd: Number(m.net_usd), count: `${m.trades} trades` }
  const amounts = [...parts, net].map(({ usd }) => usd)
  const low = Math.min(0, ...amounts)
  const span = Math.max(0, ...amounts) - low || 1
  const draw = (bar: Bar): Markup => drawBar(bar, low, span)
  return html`<div class="bars">${parts.map(draw)}<span class="rule"></span>${draw(net)}</div>`
}

function drawBar({ label, usd, count }: Bar, low: number, span: number): Markup {
  const zero = (100 * -low) / span
  const width = (100 * Math.abs(usd)) / span
  const left = usd < 0 ? zero - width : zero
  const place = `left:${left.toFixed(2)}%;width:${width.toFixed(2)}%`
  return html`<span>${label}</span>
    <span class="track" style="--zero:${zero.toFixed(2)}%">
      <i class="${toneOf(usd)}" style="${place}"></i>
    </span>
    <b class="${toneOf(usd)}">${formatUsd(usd, true)}</b>
    <span class="count">${count}</span>`
}
