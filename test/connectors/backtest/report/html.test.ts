import { describe, expect, test } from 'vitest'
import { renderReport, type RunReport } from '../../../../connectors/backtest/report/html.ts'
import { performanceMetrics } from '../../../../connectors/backtest/report/metrics.ts'
import { TRADE_ROW_LIMIT } from '../../../../connectors/backtest/report/trade-table.ts'
import { closedTrade } from '../../../kit/trades.ts'

function report(change: Partial<RunReport> = {}): RunReport {
  const trades = change.trades ?? [closedTrade()]
  const curve = change.curve ?? [
    { at_ms: 0, equity_usd: '1000' },
    { at_ms: 60_000, equity_usd: '1009' },
  ]
  return {
    title: 'Backtest report',
    symbols: ['BTCUSDT'],
    from_ms: 0,
    to_ms: 60_000,
    venue: 'binance',
    bar_interval_ms: 5_000,
    ticks: 155_470,
    output_sha256: 'ab'.repeat(32),
    metrics: performanceMetrics(trades, curve),
    ...change,
    curve,
    trades,
  }
}

describe('the report page', () => {
  test('shows symbols, period, net, hash, metrics, exit rules and trades', () => {
    const page = renderReport(report())
    for (const text of [
      ...['BTCUSDT', '1970-01-01 00:00:00.000', '155,470 ticks', '5 s bars', 'ab'.repeat(32)],
      ...['+9.00', '+0.90 %', 'Sharpe', 'Profit factor', 'TARGET', '1 fill, closed 1, won 1'],
      ...['LONG', '+0.90', 'Largest drawdown', 'Time in the market'],
    ]) {
      expect(page).toContain(text)
    }
  })

  test('the same run gives the same bytes', () => {
    expect(renderReport(report())).toBe(renderReport(report()))
  })

  test('needs nothing but itself', () => {
    const page = renderReport(report())
    expect(page).not.toMatch(/\b(src|href)=|url\(|@import|https?:|fetch\(|XMLHttpRequest/)
  })

  test('no text can become markup or end the script', () => {
    const evil = `"><script>alert('&')</script>`
    const trades = [
      closedTrade({ symbol: evil, trade_id: evil, exit_kinds: [evil], exit_price: evil }),
    ]
    const change = { title: evil, symbols: [evil], venue: evil, output_sha256: evil, trades }
    const page = renderReport(report(change))
    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page.match(/<\/script>/g)).toHaveLength(2)
    expect(page).not.toContain("alert('")
    expect(page).toContain('&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;')
  })

  test('a run without trades and with one point is whole and free of NaN', () => {
    const page = renderReport(report({ trades: [], curve: [{ at_ms: 0, equity_usd: '1000' }] }))
    expect(page).toContain('No trade was closed.')
    expect(page).toContain('nothing to draw')
    expect(page).toContain('run too short to annualise')
    expect(page).not.toMatch(/NaN|Infinity|undefined|null/)
  })

  test('more trades than a page can hold are named, not lost unseen', () => {
    const trades = Array.from({ length: TRADE_ROW_LIMIT + 3 }, () => closedTrade())
    const page = renderReport(report({ trades }))
    expect(page).toContain('3 earlier trades are not listed.')
    expect(page.match(/<td class="text">BTCUSDT<\/td>/g)).toHaveLength(TRADE_ROW_LIMIT)
  })
})
