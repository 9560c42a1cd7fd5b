import { describe, expect, it } from 'vitest'
import {
  aiSignalGenerated,
  exchangeTick,
  exposureState,
  instrumentState,
  marketBar,
  markState,
  portfolioState,
  positionState,
  rlPolicy,
  safeModeState,
  tradeIntent,
} from '../../schemas/topics.ts'
import { strategyRouter } from '../../topologies/decide/strategy-router.ts'
import { processor, unchanged } from '../../topologies/kernel/processor.ts'
import { topology } from '../../topologies/kernel/topology.ts'
import { aggregator } from '../../topologies/see/aggregator.ts'
import { bars } from '../../topologies/see/bars.ts'
import { drive } from '../kit/drive.ts'
import { testConfig } from '../kit/given.ts'
import {
  exchangeTickOf,
  exposureOf,
  instrumentOf,
  portfolioOf,
  safeModeOf,
  signalOf,
} from '../kit/records.ts'

const minuteMs = 60_000
const openMs = Math.ceil(1_700_000_000_000 / minuteMs) * minuteMs

/** Answers every bar with a signal of the bar's direction: BUY after a rise, SELL after a fall. */
const opinion = processor({
  name: 'opinion',
  doc: 'Stands for the AI engine.',
  reads: [marketBar],
  writes: [aiSignalGenerated],
  decide(_state, { value: bar }, ctx, emit) {
    emit(
      aiSignalGenerated,
      signalOf({
        signal_id: ctx.id(0),
        action: bar.close >= bar.open ? 'BUY' : 'SELL',
        price: bar.close,
        bar_open_at_ms: bar.open_at_ms,
        bar_close_at_ms: bar.close_at_ms,
        tick_at_ms: bar.tick_at_ms,
      }),
    )
  },
})
const books = processor({
  name: 'books',
  doc: 'Stands for the account: it declares who writes what the test pipes in.',
  reads: [tradeIntent],
  tables: [markState],
  writes: [portfolioState, safeModeState, exposureState, positionState, rlPolicy],
  decide: () => unchanged,
})
const page = topology('page', {
  see: [aggregator, bars],
  think: [opinion],
  decide: [strategyRouter],
  act: [books],
})

/** The market from the opening of a minute on; every tick is a quote one cent to each side of its price. */
function marketOf(clockMs: number) {
  const long = 10 * 3_600_000
  const settings = testConfig({
    // Nothing is refused for its age, so that an older price would be seen in the intent.
    aggregator: { stale_after_ms: long },
    router: { price_max_age_ms: long, signal_max_age_ms: long, cooldown_ms: 0 },
    limits: { equity_max_age_ms: long },
    exits: { silent_after_ms: 2 * long },
  })
  // Only a backtest has a clock as slow as some of these.
  const config = { ...settings, clock_ms: clockMs }
  const driver = drive(page, { config, startMs: openMs })
  driver.pipe(instrumentState, instrumentOf())
  driver.pipe(portfolioState, portfolioOf())
  driver.pipe(safeModeState, safeModeOf())
  driver.pipe(exposureState, exposureOf())
  const quote = (afterMs: number, price: number): void => {
    const received_at_ms = openMs + afterMs
    driver.advanceTo(received_at_ms)
    const [bid, ask] = [price - 0.01, price + 0.01]
    driver.pipe(exchangeTick, exchangeTickOf({ bid, ask, received_at_ms }))
  }
  return { driver, quote }
}

describe('the reference price of an intent', () => {
  it.each([
    ['second', 1_000],
    ['minute', minuteMs],
    ['hour', 60 * minuteMs],
  ])(
    'is the newest quote when the bar completes, however rarely the clock ticks: every %s',
    (_every, clockMs) => {
      for (const sign of [1, -1]) {
        const { driver, quote } = marketOf(clockMs)
        const intents = () =>
          driver.read(tradeIntent).map((one) => [one.side, one.reference_price, one.tick_at_ms])
        quote(0, 100)
        quote(59_400, 100 + sign)
        expect(intents()).toEqual([])
        // A clock tick in between completes the bar; else this quote does, and is itself the newest.
        quote(61_200, 100 + 2 * sign)
        const byClock = clockMs <= minuteMs
        const newest = byClock ? 100 + sign : 100 + 2 * sign
        expect(intents()).toEqual([
          [
            sign > 0 ? 'BUY' : 'SELL',
            (newest + sign / 100).toFixed(2),
            byClock ? openMs + minuteMs : openMs + 61_200,
          ],
        ])
      }
    },
  )

  it('moves with the market within one interval of the clock, bar after bar', () => {
    const { driver, quote } = marketOf(3_600_000)
    const prices = [100, 103, 101, 107, 102, 102]
    prices.forEach((price, n) => {
      quote(n * minuteMs + 500 * Math.sign(n), price)
    })
    const [first, ...rest] = driver.read(tradeIntent)
    expect(first!.reference_price).toBe('103.01')
    expect(rest.map((one) => Number(one.reference_price).toFixed(0))).toEqual(
      prices.slice(2).map(String),
    )
  })
})
