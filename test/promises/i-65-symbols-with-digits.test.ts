import { describe, expect, it } from 'vitest'
import { intentIn, refusalIn, route } from '../kit/routing.ts'

const trading = (...symbols: string[]) => ({ accounts: [{ name: 'main', symbols }] })

describe('I-65 in the router', () => {
  it.each(['1000PEPEUSDT', '1INCHUSDT', '1000000MOGUSDT', 'BTCUSDT', 'C98USDT', 'XRP2USDT'])(
    'an entry in %s passes like any other',
    (symbol) => {
      const intent = intentIn({ signal: { symbol }, config: trading(symbol) })
      expect(intent).toMatchObject({ symbol, account: 'main', side: 'BUY' })
    },
  )

  it('a symbol unknown to the exchange is refused, and none takes its place', () => {
    const refused = refusalIn({
      signal: { symbol: '1000PEPEUSDT' },
      instrument: null,
      config: trading('1000PEPEUSDT', 'BTCUSDT', 'ETHUSDT', 'SOLUSDT'),
    })
    expect(refused).toMatchObject({ symbol: '1000PEPEUSDT', reason: 'INSTRUMENT_UNKNOWN' })
  })

  it('there is no list besides the accounts’ own', () => {
    const { intents, refusals } = route({ signal: { symbol: 'SOLUSDT' } })
    expect(intents).toEqual([])
    expect(refusals).toMatchObject([{ symbol: 'SOLUSDT', reason: 'SYMBOL_NOT_TRADED' }])
  })
})
