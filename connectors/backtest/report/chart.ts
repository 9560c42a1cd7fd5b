// Equity and drawdown over time as two drawings on one time axis, with the points for the read-out under the pointer.
// Drawings stretch to the page; labels are text beside them, so they stay legible at any width.
import { timeMarks, valueMarks, type AxisMark } from './axis.ts'
import type { EquityPoint } from './equity.ts'
import { formatNumber, formatUsd } from './format.ts'
import { html, jsonScript, type Markup } from './markup.ts'

/** More points than this can't be seen, and would make the page heavy. */
export const CHART_POINT_LIMIT = 2_000

/** One drawn point: time, equity in USD, drawdown as a fraction. */
export type ChartPoint = readonly [atMs: number, equity: number, drawdown: number]

/**
 * At most 2,000 points of a curve. Of each stretch of time order the lowest and the highest stay, so no peak and no trough
 * disappears; first and last always stay.
 */
export function chartPoints(curve: readonly EquityPoint[]): ChartPoint[] {
  let peak = -Infinity
  const points = curve.map(({ at_ms: atMs, equity_usd: text }): ChartPoint => {
    const equity = Number(text)
    peak = Math.max(peak, equity)
    return [atMs, equity, peak > 0 ? 1 - equity / peak : 0]
  })
  if (points.length <= CHART_POINT_LIMIT) return points
  const kept = new Set([0, points.length - 1])
  const stretches = CHART_POINT_LIMIT / 2 - 1
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const from = Math.floor((stretch * points.length) / stretches)
    const to = Math.floor(((stretch + 1) * points.length) / stretches)
    let lowest = from
    let highest = from
    for (let at = from; at < to; at += 1) {
      if (equityAt(points, at) < equityAt(points, lowest)) lowest = at
      if (equityAt(points, at) > equityAt(points, highest)) highest = at
    }
    kept.add(lowest).add(highest)
  }
  return points.filter((_, at) => kept.has(at))
}

/** The chart, or a sentence where there is nothing to draw. */
export function equityChart(curve: readonly EquityPoint[]): Markup {
  const points = chartPoints(curve)
  const first = points[0]
  const last = points.at(-1)
  if (first === undefined || last === undefined || last[0] === first[0]) {
    return html`<p class="none">The run has fewer than two points of equity: nothing to draw.</p>`
  }
  const time: Scale = { low: first[0], high: last[0] }
  const money = padded(points.map(([, equity]) => equity))
  const loss: Scale = { low: 0, high: Math.max(...points.map(([, , value]) => value), 1e-4) * 1.08 }
  const times = timeMarks(time.low, time.high, 7)
  const equityMarks = valueMarks(money.low, money.high, 5, (value, step) =>
    step < 1 ? formatUsd(value) : formatNumberGrouped(value),
  )
  const lossMarks = valueMarks(loss.low, loss.high, 3, (value, step) => {
    const decimals = Math.max(0, -Math.floor(Math.log10(step * 100) + 1e-9))
    return `${formatNumber(-value * 100, decimals)} %`
  })
  const equityLine = path(points, ([atMs, equity]) => [xOf(time, atMs), 100 - yOf(money, equity)])
  const lossLine = path(points, ([atMs, , value]) => [xOf(time, atMs), yOf(loss, value)])
  const startY = round(100 - yOf(money, first[1]))
  return html`<div class="chart" id="chart">
    <p class="readout" id="readout" aria-live="off">&nbsp;</p>
    <div class="plot tall">
      <svg
        viewBox="0 0 1000 100"
        preserveAspectRatio="none"
        role="img"
        aria-label="Equity over time"
      >
        ${gridLines(times, time)} ${equityMarks.map(({ value }) => level(100 - yOf(money, value)))}
        <path class="area" d="${equityLine} L1000 100 L0 100 Z" />
        <path class="start" d="M0 ${startY} H1000" />
        <path class="line" d="${equityLine}" />
      </svg>
      ${equityMarks.map((mark) => sideLabel(mark.label, 100 - yOf(money, mark.value)))}
      <span class="tag">Equity, USD</span>
      <i class="dot" data-panel="equity"></i>
    </div>
    <div class="plot low">
      <svg
        viewBox="0 0 1000 100"
        preserveAspectRatio="none"
        role="img"
        aria-label="Drawdown over time"
      >
        ${gridLines(times, time)} ${lossMarks.map(({ value }) => level(yOf(loss, value)))}
        <path class="area down" d="${lossLine} L1000 0 L0 0 Z" />
        <path class="line down" d="${lossLine}" />
      </svg>
      ${lossMarks.map((mark) => sideLabel(mark.label, yOf(loss, mark.value)))}
      <span class="tag">Drawdown from peak</span>
      <i class="dot down" data-panel="drawdown"></i>
    </div>
    <div class="times">${times.map((mark) => timeLabel(mark, time))}</div>
    <i class="cursor" id="cursor"></i>
    ${jsonScript('points', { points: points.map(packPoint), money, loss })}
  </div>`
}

interface Scale {
  low: number
  high: number
}

function equityAt(points: readonly ChartPoint[], at: number): number {
  return points[at]?.[1] ?? NaN
}

function padded(values: readonly number[]): Scale {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const margin = (high - low) * 0.06 || Math.abs(high) * 0.01 || 1
  return { low: low - margin, high: high + margin }
}

function xOf(scale: Scale, value: number): number {
  return (1_000 * (value - scale.low)) / (scale.high - scale.low)
}

function yOf(scale: Scale, value: number): number {
  return (100 * (value - scale.low)) / (scale.high - scale.low)
}

function path(
  points: readonly ChartPoint[],
  place: (point: ChartPoint) => readonly [number, number],
): string {
  const steps = points.map((point) => place(point).map(round).join(' '))
  return `M${steps.join('L')}`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** The page needs no more digits than can be read. */
function packPoint([atMs, equity, drawdown]: ChartPoint): number[] {
  return [atMs, Math.round(equity * 100) / 100, Math.round(drawdown * 1e6) / 1e6]
}

function gridLines(marks: readonly AxisMark[], scale: Scale): Markup[] {
  return marks.map(
    ({ value }) => html`<path class="grid" d="M${round(xOf(scale, value))} 0 V100" />`,
  )
}

function level(y: number): Markup {
  return html`<path class="grid" d="M0 ${round(y)} H1000" />`
}

function sideLabel(label: string, y: number): Markup {
  return html`<span class="side" style="top:${round(y)}%">${label}</span>`
}

function timeLabel(mark: AxisMark, scale: Scale): Markup {
  return html`<span style="left:${round(xOf(scale, mark.value) / 10)}%">${mark.label}</span>`
}

function formatNumberGrouped(value: number): string {
  return formatUsd(value).replace(/\.00$/, '')
}
