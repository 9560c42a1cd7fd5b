// The backtest as a user runs it, on recorded market data where it lies.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../cli/run.ts'
import { needMarketData } from './kit/data.ts'

interface Output {
  ticks: number
  trades: number
  long: number
  short: number
  net_pnl: string
  books_balance: boolean
  output_sha256: string
  topics: Record<string, number>
}

async function backtest(...argv: string[]): Promise<{ code: number; output: Output; err: string }> {
  let out = ''
  let err = ''
  const code = await run(['backtest', ...argv, '--json'], {
    out: (text) => (out += `${text}\n`),
    err: (text) => (err += `${text}\n`),
    env: {},
    now: () => Date.now(),
    isTty: false,
  })
  return { code, output: JSON.parse(out) as Output, err }
}

describe('backtest on recorded data', () => {
  test(
    '345 s of real ticks of two symbols: long and short trades close, books balance, two runs are equal',
    { timeout: 60_000 },
    async (context) => {
      const files = needMarketData(
        context,
        'trades/binance_um_BTCUSDT_trades_20240808T2354.csv.gz',
        'quotes/binance_um_BTCUSDT_bookTicker_20240808T2354.csv.gz',
        'trades/binance_um_ETHUSDT_trades_20240808T2354.csv.gz',
        'quotes/binance_um_ETHUSDT_bookTicker_20240808T2354.csv.gz',
      )
      const first = await backtest(...files, '--bar', '5s')
      const second = await backtest(...files, '--bar', '5s')
      expect(first.code).toBe(0)
      expect(first.output.ticks).toBe(155_470)
      expect(first.output.topics['price.update']).toBe(155_470)
      expect(first.output.long).toBeGreaterThan(0)
      expect(first.output.short).toBeGreaterThan(0)
      expect(first.output.books_balance).toBe(true)
      expect(second.output.output_sha256).toBe(first.output.output_sha256)
    },
  )

  test(
    'hourly bars through a crash: trades close both ways, books balance, the report shows every trade',
    { timeout: 60_000 },
    async (context) => {
      const [file] = needMarketData(
        context,
        'klines/bitvavo_spot_ETHEUR_1h_20210302_20230311.csv.gz',
      )
      const folder = mkdtempSync(join(tmpdir(), 'quantum-report-'))
      try {
        const page = join(folder, 'run.html')
        const { code, output } = await backtest(file!, '--bar', '1h', '--report', page)
        expect(code).toBe(0)
        expect(output.long).toBeGreaterThan(0)
        expect(output.short).toBeGreaterThan(0)
        expect(output.books_balance).toBe(true)
        const html = readFileSync(page, 'utf8')
        expect(html).toContain(output.output_sha256)
        expect(html).not.toMatch(/(src|href)="https?:/)
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  )

  test('another order of the files gives the same trades', { timeout: 60_000 }, async (context) => {
    const files = needMarketData(
      context,
      'trades/binance_um_ETHUSDT_trades_20240808T2354.csv.gz',
      'quotes/binance_um_ETHUSDT_bookTicker_20240808T2354.csv.gz',
    )
    const forward = await backtest(...files, '--bar', '5s')
    const backward = await backtest(...[...files].reverse(), '--bar', '5s')
    expect(backward.output.trades).toBe(forward.output.trades)
    expect(backward.output.ticks).toBe(forward.output.ticks)
  })
})
