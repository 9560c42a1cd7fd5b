// Ticks that cannot be true, in the middle of a market: each is kept as a dead letter that names field and value, and
// everything else goes on as if it had not been there.
import { describe, expect, test } from 'vitest'
import {
  aiSignalGenerated,
  deadLetter,
  exchangeTick,
  priceUpdate,
  signalRefused,
  tradeClosed,
  tradeIntent,
} from '../../schemas/topics.ts'
import type { DeadLetter, ExchangeTick } from '../../schemas/types.gen.ts'
import { resultFaults, signalFaults, tradeFaults } from '../kit/adding-up.ts'
import { bookFaults, positionFaults } from '../kit/whole-run-faults.ts'
import { wholeRun } from '../kit/whole-run.ts'
import type { WholeRun } from '../kit/whole-run.ts'

const runMs = 30_000
const every = 25

type Spoil = (tick: ExchangeTick) => Partial<ExchangeTick>

const tradeFields = { last: null, last_size: null, taker_side: null } as const
const quote = (bid: number, ask: number): Partial<ExchangeTick> => ({
  ...{ ...tradeFields, bid, ask, bid_size: 1, ask_size: 1 },
})

const spoiled: readonly (readonly [name: string, detail: RegExp, spoil: Spoil])[] = [
  ['a price that is no number', /bid: .*NaN/, () => quote(NaN, 100)],
  ['a price without end', /ask: .*Infinity/, () => quote(100, Infinity)],
  ['a negative price', /bid: .*-1/, () => quote(-1, 100)],
  ['a price of 0', /last: .*0/, () => ({ ...quote(1, 2), bid: null, ask: null, last: 0 })],
  ['a crossed book', /bid.*101.*/, () => quote(101, 100)],
  ['a size that is no number', /bid_size: .*NaN/, () => ({ ...quote(99, 100), bid_size: NaN })],
  [
    'a time going back',
    /received_at_ms: expected at least \d+, was \d+ \(time going back\)/,
    (tick) => ({ received_at_ms: tick.received_at_ms - 60_000 }),
  ],
  ['another environment', /environment: expected PAPER, was LIVE/, () => ({ environment: 'LIVE' })],
  [
    'an unknown venue',
    /venue: expected binance or bybit or okx, was nowhere/,
    () => ({ venue: 'nowhere' }),
  ],
]

/** A market of half a minute; after every 25th tick of the trading venue comes a spoiled copy of it. */
function play(spoil: Spoil | null): { run: WholeRun; bad: number } {
  const run = wholeRun({ seed: 5 })
  let count = 0
  let bad = 0
  run.run(runMs, (tick) => {
    run.simulation.onTick(tick)
    if (tick.venue !== run.config.trading_venue || ++count % every !== 0 || spoil === null)
      return null
    bad++
    run.simulation.onTick({ ...tick, ...spoil(tick) })
    return null
  })
  run.settle()
  return { run, bad }
}

const undisturbed = play(null).run

const lettersOf = (run: WholeRun, processor: string): readonly DeadLetter[] =>
  run.of(deadLetter).filter((letter) => letter.processor === processor)

describe.each(spoiled)('%s', (_, detail, spoil) => {
  test('is a dead letter each time, and changes no price, no signal and no trade', () => {
    const { run, bad } = play(spoil)
    expect(bad).toBeGreaterThan(5)
    const letters = lettersOf(run, 'aggregator')
    expect(letters.length).toBe(bad)
    for (const letter of letters) {
      expect(letter).toMatchObject({ topic: 'exchange.tick', cause: 'INVALID_VALUE' })
      expect(letter.detail).toMatch(detail)
    }

    expect(run.of(exchangeTick).length).toBe(undisturbed.of(exchangeTick).length + bad)
    expect(run.of(exchangeTick).length).toBe(run.of(priceUpdate).length + letters.length)
    expect(run.of(priceUpdate)).toEqual(undisturbed.of(priceUpdate))
    const actions = (of: WholeRun): string[] =>
      of.of(aiSignalGenerated).map((one) => `${one.symbol} ${one.action} ${one.confidence}`)
    expect(actions(run)).toEqual(actions(undisturbed))
    const trades = (of: WholeRun): string[] =>
      of.of(tradeClosed).map((one) => `${one.symbol} ${one.net_usd} ${one.final_exit_kind}`)
    expect(trades(undisturbed).length).toBeGreaterThan(0)
    expect(trades(run)).toEqual(trades(undisturbed))
    expect([...bookFaults(run), ...positionFaults(run)]).toEqual([])
  })

  test('keeps what came, as it came', () => {
    const { run } = play(spoil)
    const [letter] = lettersOf(run, 'aggregator')
    const kept = JSON.parse(letter?.payload ?? '{}') as Record<string, unknown>
    const original = run.of(exchangeTick)[letter?.offset ?? -1]!
    for (const [name, value] of Object.entries(original))
      expect(kept[name], name).toEqual(
        typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
      )
  })
})

test('the venue refuses such a tick as well and says so: it fills nothing at an impossible price', () => {
  const { run, bad } = play(() => quote(NaN, 100))
  const letters = lettersOf(run, 'simulator binance')
  expect(letters.length).toBe(bad)
  expect(letters[0]).toMatchObject({
    detail: expect.stringMatching(/NOT_A_PRICE: .* bid was NaN/) as string,
    payload: expect.stringContaining('"bid":"NaN"') as string,
  })
})

describe('a symbol without filters', () => {
  test('is refused with its reason at every signal, while the other one trades', () => {
    const run = wholeRun({ seed: 5, withoutFilters: ['ETHUSDT'] })
    run.run(runMs)
    run.settle()
    const signals = run
      .of(aiSignalGenerated)
      .filter((one) => one.symbol === 'ETHUSDT' && one.action !== 'HOLD')
    const refusals = run
      .of(signalRefused)
      .filter((one) => one.symbol === 'ETHUSDT' && one.action !== 'HOLD')
    expect(signals.length).toBeGreaterThan(0)
    expect(refusals.map((one) => one.signal_id)).toEqual(signals.map((one) => one.signal_id))
    expect(new Set(refusals.map((one) => one.reason))).toEqual(new Set(['INSTRUMENT_UNKNOWN']))
    expect(refusals[0]?.detail).toContain('ETHUSDT')
    expect(new Set(run.of(tradeIntent).map((one) => one.symbol))).toEqual(new Set(['BTCUSDT']))
    expect(run.of(tradeClosed).length).toBeGreaterThan(0)

    const atVenue = run.of(exchangeTick).filter((one) => one.venue === 'binance')
    const letters = lettersOf(run, 'simulator binance')
    expect(letters.length).toBe(atVenue.filter((one) => one.symbol === 'ETHUSDT').length)
    expect(letters[0]?.detail).toContain('UNKNOWN_SYMBOL: ETHUSDT')
    expect([
      ...signalFaults(run, run.config.accounts),
      ...resultFaults(run),
      ...tradeFaults(run),
      ...bookFaults(run),
    ]).toEqual([])
  })
})
