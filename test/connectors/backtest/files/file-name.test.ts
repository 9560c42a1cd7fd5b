import { describe, expect, test } from 'vitest'
import { readFileName } from '../../../../connectors/backtest/files/file-name.ts'

const hourMs = 3_600_000

describe('names of market files', () => {
  test.for([
    ['BTCUSDT-trades-2024-08-08.csv', 'BTCUSDT', 'trades', null],
    ['BTCUSDT-trades-2024-08-08.csv.gz', 'BTCUSDT', 'trades', null],
    ['ETHUSDT-bookTicker-2024-08-08.csv', 'ETHUSDT', 'bookTicker', null],
    ['BTCUSDT-1h-2024-01.csv', 'BTCUSDT', 'klines', hourMs],
    ['1000PEPEUSDT-15m-2024-01.csv', '1000PEPEUSDT', 'klines', hourMs / 4],
    ['BTCUSD_PERP-1d-2024-01.csv', 'BTCUSD_PERP', 'klines', 24 * hourMs],
    ['data/binance_um_BTCUSDT_trades_20240808T2354.csv.gz', 'BTCUSDT', 'trades', null],
    ['binance_cm_BTCUSD_PERP_bookTicker_20240808T2354.csv.gz', 'BTCUSD_PERP', 'bookTicker', null],
    ['bitvavo_spot_BTCEUR_1h_20191231_20240531.csv.gz', 'BTCEUR', 'klines', hourMs],
    ['BTCUSDT:klines:some/where.csv', 'BTCUSDT', 'klines', null],
    ['BTCUSDT:1m:some/where.csv', 'BTCUSDT', 'klines', 60_000],
    ['BTCUSDT:trades:C:\\data\\where.csv', 'BTCUSDT', 'trades', null],
  ] as const)('%s says symbol and kind', ([given, symbol, kind, intervalMs]) => {
    expect(readFileName(given)).toMatchObject({ symbol, kind, intervalMs })
  })

  test('an explicit name keeps the path as it is', () => {
    expect(readFileName('BTCUSDT:trades:C:\\data\\a.csv').path).toBe('C:\\data\\a.csv')
  })

  test.for([
    'where.csv',
    'BTCUSDT-aggTrades-2024-08-08.csv',
    'lean_binance_um_ADAUSDT_quotebars_1m_20221213.csv.gz',
    'BTCUSDT:quotes:where.csv',
    'BTCUSDT-1mo-2024.csv',
  ])('%s is refused, with the forms that are understood', (given) => {
    expect(() => readFileName(given)).toThrow(/expected SYMBOL-trades-DATE\.csv.*SYMBOL:KIND:PATH/)
  })
})
