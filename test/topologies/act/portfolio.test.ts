import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accountSnapshot,
  fundingPaid,
  markState,
  orderCommand,
  orderReport,
  portfolioState,
  tradeClosed,
} from '../../../schemas/topics.ts'
import type { AccountSnapshot, OrderReport, PortfolioState } from '../../../schemas/types.gen.ts'
import { portfolio } from '../../../topologies/act/portfolio.ts'
import { given, tick } from '../../kit/given.ts'
import type { Given } from '../../kit/given.ts'
import {
  fundingPaidOf,
  markOf,
  orderCommandOf,
  orderReportOf,
  snapshotOf,
  snapshotPositionOf,
  startMs,
  tradeClosedOf,
} from '../../kit/records.ts'

const midnightMs = 1_700_006_400_000

/** An account whose first snapshot came, with what the venue showed in it. */
const opened = (changes: Partial<AccountSnapshot> = {}): Given =>
  given(portfolio).records([accountSnapshot, snapshotOf(changes)], tick(startMs))

/** The state after one more clock tick. */
function stateOf(account: Given, atMs: number): PortfolioState {
  account.when(tick(atMs))
  return account.outputs(portfolioState)[0]!
}

const fillOf = (sequence: number, side: 'BUY' | 'SELL', quantity: string, price: string) =>
  orderReportOf({
    venue_sequence: sequence,
    side,
    fill_quantity: quantity,
    fill_price: price,
    fee_usd: '0',
  })

describe('an account whose books were never seen', () => {
  it('has no equity and says so', () => {
    given(portfolio)
      .when(tick(startMs))
      .then([portfolioState, { account: 'main', known: false, equity_usd: '0', wallet_usd: '0' }])
  })

  it.each<[string, Partial<AccountSnapshot>]>([
    ['an incomplete snapshot', { complete: false }],
    ['a snapshot of another environment', { environment: 'LIVE' }],
  ])('is not made known by %s', (_what, changes) => {
    given(portfolio)
      .records([accountSnapshot, snapshotOf(changes)])
      .when(tick(startMs))
      .then([portfolioState, { known: false, equity_usd: '0' }])
  })

  it('is made known by the first complete snapshot', () => {
    given(portfolio)
      .records([accountSnapshot, snapshotOf({ wallet_usd: '2500.5' })])
      .when(tick(startMs + 300))
      .then([
        portfolioState,
        { known: true, equity_usd: '2500.5', high_water_usd: '2500.5', venue_truth_age_ms: 300 },
      ])
  })

  it('waits for a snapshot that holds the fills already seen', () => {
    const account = given(portfolio).records([orderReport, orderReportOf({ venue_sequence: 3 })])
    account.records([accountSnapshot, snapshotOf({ venue_sequence: 2 })])
    expect(stateOf(account, startMs).known).toBe(false)
    account.records([accountSnapshot, snapshotOf({ venue_sequence: 3 })])
    expect(stateOf(account, startMs + 1_000).known).toBe(true)
  })
})

describe('the value of an account', () => {
  const long = snapshotPositionOf({ mark_price: '101' })
  const short = snapshotPositionOf({ symbol: 'ETHUSDT', quantity: '-10', entry_price: '50' })

  it('is the wallet and the open profit at the mark price', () => {
    const account = opened({ positions: [long, { ...short, mark_price: '49' }] })
    account.table(markState, markOf({ mark: 103, price: 102 }))
    account.table(markState, markOf({ symbol: 'ETHUSDT', mark: null, price: 48 }))
    expect(stateOf(account, startMs + 1_000)).toMatchObject({
      wallet_usd: '10000',
      unrealised_usd: '23',
      equity_usd: '10023',
      margin_used_usd: '116.6',
      available_usd: '9906.4',
      gross_exposure_usd: '583',
      net_exposure_usd: '-377',
      open_positions: 2,
      exposures: [
        { symbol: 'BTCUSDT', notional_usd: '103', margin_usd: '20.6', unrealised_usd: '3' },
        { symbol: 'ETHUSDT', notional_usd: '-480', margin_usd: '96', unrealised_usd: '20' },
      ],
    })
  })

  it("uses the venue's own mark while there is no price of ours", () => {
    const account = given(portfolio).records([accountSnapshot, snapshotOf({ positions: [long] })])
    expect(stateOf(account, startMs)).toMatchObject({ unrealised_usd: '1' })
  })

  it('ignores prices of another environment', () => {
    const account = opened({ positions: [long] })
    account.table(markState, markOf({ mark: 500, environment: 'LIVE' }))
    expect(stateOf(account, startMs + 5_000)).toMatchObject({ unrealised_usd: '1' })
  })

  it('has nothing available when margin takes more than equity', () => {
    const huge = snapshotPositionOf({ quantity: '600', leverage: 5 })
    const account = given(portfolio).records([accountSnapshot, snapshotOf({ positions: [huge] })])
    expect(stateOf(account, startMs)).toMatchObject({
      margin_used_usd: '12000',
      available_usd: '0',
    })
  })
})

describe('a fill', () => {
  it('is in the state at once: fee, position, exposure', () => {
    opened()
      .when([orderReport, orderReportOf()])
      .then([
        portfolioState,
        { wallet_usd: '9999.96', gross_exposure_usd: '100', open_positions: 1 },
      ])
  })

  it('realises against the average entry, for long and short alike', () => {
    const realised = (first: 'BUY' | 'SELL', exit: string) => {
      const other = first === 'BUY' ? 'SELL' : 'BUY'
      const account = opened().records(
        [orderReport, fillOf(1, first, '1', '100')],
        [orderReport, fillOf(2, first, '3', '104')],
      )
      account.when([orderReport, fillOf(3, other, '2', exit)])
      return account.outputs(portfolioState)[0]!.wallet_usd
    }
    expect(realised('BUY', '105')).toBe('10004')
    expect(realised('SELL', '101')).toBe('10004')
    expect(realised('BUY', '101')).toBe('9996')
    expect(realised('SELL', '105')).toBe('9996')
  })

  it('may cross through flat: the rest is a new position', () => {
    const account = opened().records([orderReport, fillOf(1, 'BUY', '1', '100')])
    account
      .when([orderReport, fillOf(2, 'SELL', '3', '110')])
      .then([
        portfolioState,
        { wallet_usd: '10010', net_exposure_usd: '-220', unrealised_usd: '0' },
      ])
  })

  it('counts once, however often it comes', () => {
    const account = opened().records([orderReport, orderReportOf()])
    account.when([orderReport, orderReportOf()]).thenNothing()
    expect(stateOf(account, startMs + 5_000).wallet_usd).toBe('9999.96')
  })

  it('does not count again when the snapshot already holds it', () => {
    const account = opened({ venue_sequence: 1, positions: [snapshotPositionOf()] })
    account.when([orderReport, orderReportOf({ venue_sequence: 1 })]).thenNothing()
    expect(stateOf(account, startMs + 5_000)).toMatchObject({
      wallet_usd: '10000',
      gross_exposure_usd: '100',
    })
  })

  it('of another environment changes nothing', () => {
    opened()
      .when([orderReport, orderReportOf({ environment: 'LIVE' })])
      .thenNothing()
  })

  it('that is only an acknowledgement makes no state', () => {
    const ack: Partial<OrderReport> = {
      state: 'ACKED',
      venue_trade_id: null,
      fill_quantity: null,
      fill_price: null,
      fee_usd: null,
    }
    opened()
      .when([orderReport, orderReportOf(ack)])
      .thenNothing()
  })

  it('keeps wallet + unrealised equal to what was paid and is held, for any sequence of fills', () => {
    const anyFill = fc.record({
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      quantity: fc.integer({ min: 1, max: 9_999 }).map((n) => String(n / 1_000)),
      price: fc.integer({ min: 9_000, max: 11_000 }).map((n) => String(n / 100)),
    })
    fc.assert(
      fc.property(fc.array(anyFill, { minLength: 1, maxLength: 12 }), (fills) => {
        const account = opened().table(markState, markOf({ mark: 100 }))
        let cash = 10_000
        let held = 0
        fills.forEach(({ side, quantity, price }, n) => {
          account.when([orderReport, fillOf(n + 1, side, quantity, price)])
          const signed = (side === 'BUY' ? 1 : -1) * Number(quantity)
          cash -= signed * Number(price)
          held += signed
        })
        const state = account.outputs(portfolioState)[0]!
        expect(Number(state.equity_usd)).toBeCloseTo(cash + held * 100, 6)
        expect(Number(state.net_exposure_usd)).toBeCloseTo(held * 100, 6)
      }),
      { numRuns: 60 },
    )
  })
})

describe('a snapshot', () => {
  it('that is older than the fills seen changes nothing', () => {
    const account = opened().records([orderReport, orderReportOf({ venue_sequence: 2 })])
    account.records([accountSnapshot, snapshotOf({ venue_sequence: 1, wallet_usd: '1' })])
    expect(stateOf(account, startMs + 5_000)).toMatchObject({ wallet_usd: '9999.96' })
  })

  it('that is ahead waits for its events, so that a fill is no deposit', () => {
    const account = opened().records([orderReport, fillOf(1, 'BUY', '10', '100')])
    const after = { venue_sequence: 2, wallet_usd: '9900', as_of_ms: startMs + 900 }
    account.records([accountSnapshot, snapshotOf(after)])
    account.when(tick(startMs + 1_000)).thenNothing()
    account.when([orderReport, fillOf(2, 'SELL', '10', '90')])
    expect(account.outputs(portfolioState)[0]).toMatchObject({
      wallet_usd: '9900',
      high_water_usd: '10000',
      day_pnl_usd: '-100',
      drawdown_fraction: 0.01,
      venue_truth_age_ms: 100,
    })
  })

  it('that is ahead is taken when a second one shows that no event will come', () => {
    const account = opened({ venue_sequence: 1 })
    const ahead = { venue_sequence: 4, positions: [snapshotPositionOf({ quantity: '2' })] }
    account.records([accountSnapshot, snapshotOf(ahead)])
    account.when(tick(startMs + 1_000)).thenNothing()
    account.records([accountSnapshot, snapshotOf(ahead)])
    expect(stateOf(account, startMs + 2_000).gross_exposure_usd).toBe('200')
  })

  it('replaces what our book thinks it holds', () => {
    const account = opened().records([orderReport, orderReportOf()])
    account.records([accountSnapshot, snapshotOf({ venue_sequence: 1, wallet_usd: '9999.96' })])
    expect(stateOf(account, startMs + 1_000)).toMatchObject({
      open_positions: 0,
      exposures: [],
      gross_exposure_usd: '0',
    })
  })

  it('makes the age of the venue’s truth start again', () => {
    const account = opened()
    expect(stateOf(account, startMs + 60_000).venue_truth_age_ms).toBe(60_000)
    account.records([accountSnapshot, snapshotOf({ as_of_ms: startMs + 59_000 })])
    expect(stateOf(account, startMs + 61_000).venue_truth_age_ms).toBe(2_000)
  })
})

describe('deposits and withdrawals', () => {
  it.each([
    ['a deposit', '15000'],
    ['a withdrawal', '4000'],
    ['a withdrawal of all', '0'],
  ])('that the venue states are no result: the marks move along: %s', (_what, wallet_usd) => {
    const moved = snapshotOf({ wallet_usd, transfers_usd: wallet_usd })
    const account = opened().records([accountSnapshot, moved], [accountSnapshot, moved])
    expect(stateOf(account, startMs + 1_000)).toMatchObject({
      equity_usd: wallet_usd,
      high_water_usd: wallet_usd,
      day_start_equity_usd: wallet_usd,
      day_pnl_usd: '0',
      drawdown_fraction: 0,
    })
  })

  it('keep a loss of the day what it was', () => {
    const moved = { venue_sequence: 2, wallet_usd: '14800', transfers_usd: '15000' }
    const account = opened().records(
      [orderReport, fillOf(1, 'BUY', '10', '100')],
      [orderReport, fillOf(2, 'SELL', '10', '80')],
      [accountSnapshot, snapshotOf(moved)],
    )
    expect(stateOf(account, startMs + 1_000)).toMatchObject({
      day_pnl_usd: '-200',
      high_water_usd: '15000',
    })
  })

  it('are followed once, across a restart and by a snapshot that had to wait', () => {
    const moved = { venue_sequence: 1, wallet_usd: '4000', transfers_usd: '4000' }
    const account = opened()
      .records([accountSnapshot, snapshotOf(moved)])
      .restarted()
      .records([accountSnapshot, snapshotOf(moved)], [accountSnapshot, snapshotOf(moved)])
    expect(stateOf(account, startMs + 1_000)).toMatchObject({
      high_water_usd: '4000',
      day_pnl_usd: '0',
    })
  })

  it.each(['10000', null])(
    'are never guessed: a fall without a statement is a loss of the day (stated: %s)',
    (transfers_usd) => {
      for (const [wallet_usd, day_pnl_usd, drawdown_fraction] of [
        ['9995', '-5', 0.0005],
        ['7000', '-3000', 0.3],
      ] as const) {
        const account = opened({ transfers_usd }).records([
          accountSnapshot,
          snapshotOf({ wallet_usd, transfers_usd }),
        ])
        expect(stateOf(account, startMs + 1_000)).toMatchObject({
          high_water_usd: '10000',
          day_start_equity_usd: '10000',
          day_pnl_usd,
          drawdown_fraction,
        })
      }
    },
  )

  it('are never guessed: a rise without a statement is a gain, from which a fall is measured', () => {
    const account = opened().records([accountSnapshot, snapshotOf({ wallet_usd: '15000' })])
    expect(stateOf(account, startMs + 1_000)).toMatchObject({
      high_water_usd: '15000',
      day_pnl_usd: '5000',
    })
  })

  it('that are stated for the first time were there before: the marks stay', () => {
    const account = opened({ transfers_usd: null }).records(
      [accountSnapshot, snapshotOf({ wallet_usd: '9000', transfers_usd: '4000' })],
      [accountSnapshot, snapshotOf({ wallet_usd: '9000', transfers_usd: null })],
    )
    expect(stateOf(account, startMs + 1_000)).toMatchObject({
      high_water_usd: '10000',
      day_pnl_usd: '-1000',
    })
    const withdrawn = snapshotOf({ wallet_usd: '8000', transfers_usd: '3000' })
    expect(stateOf(account.records([accountSnapshot, withdrawn]), startMs + 2_000)).toMatchObject({
      high_water_usd: '9000',
      day_pnl_usd: '-1000',
    })
  })
})

describe('funding', () => {
  it('is booked once', () => {
    const account = opened().records([fundingPaid, fundingPaidOf()], [fundingPaid, fundingPaidOf()])
    expect(stateOf(account, startMs + 1_000)).toMatchObject({ wallet_usd: '9999' })
  })

  it('that the snapshot already holds is not booked again', () => {
    const account = opened({ venue_sequence: 2, wallet_usd: '9999' })
    account.records([fundingPaid, fundingPaidOf()])
    expect(stateOf(account, startMs + 5_000)).toMatchObject({ wallet_usd: '9999' })
  })
})

describe('drawdown', () => {
  const holding = { positions: [snapshotPositionOf({ quantity: '10' })] }

  it('is measured from the highest equity ever, across a restart', () => {
    const account = opened(holding).table(markState, markOf({ mark: 200 }))
    expect(stateOf(account, startMs + 1_000)).toMatchObject({ high_water_usd: '11000' })
    account.restarted().table(markState, markOf({ mark: 145 }))
    expect(stateOf(account, startMs + 2_000)).toMatchObject({
      equity_usd: '10450',
      high_water_usd: '11000',
      drawdown_fraction: 0.05,
    })
  })

  it('is never below 0', () => {
    const account = opened(holding).table(markState, markOf({ mark: 300 }))
    expect(stateOf(account, startMs + 1_000).drawdown_fraction).toBe(0)
  })
})

describe('the day', () => {
  it('begins at 00:00 UTC with the equity of that time', () => {
    const account = opened({ positions: [snapshotPositionOf({ quantity: '10' })] })
    account.table(markState, markOf({ mark: 110 }))
    expect(stateOf(account, midnightMs - 1)).toMatchObject({
      day_start_at_ms: midnightMs - 86_400_000,
      day_pnl_usd: '100',
    })
    expect(stateOf(account, midnightMs)).toMatchObject({
      day_start_at_ms: midnightMs,
      day_start_equity_usd: '10100',
      day_pnl_usd: '0',
    })
  })

  it('is not started again by a restart', () => {
    const account = opened().records([orderReport, fillOf(1, 'BUY', '1', '100')])
    account.records([orderReport, fillOf(2, 'SELL', '1', '90')]).restarted()
    expect(stateOf(account, startMs + 5_000)).toMatchObject({ day_pnl_usd: '-10' })
  })
})

describe('losses in a row', () => {
  it('are counted from closed trades, ended by a win and not by a zero', () => {
    const counts: number[] = []
    const account = opened()
    ;['-1', '-2', '0', '-3', '5', '-1'].forEach((net, n) => {
      account.records([tradeClosed, tradeClosedOf({ net_usd: net })])
      counts.push(stateOf(account, startMs + 5_000 * (n + 1)).losses_in_a_row)
    })
    expect(counts).toEqual([1, 2, 2, 3, 0, 1])
  })
})

describe('the clock', () => {
  it('makes no state while nothing changes, and one every five seconds', () => {
    const account = opened()
    account.when(tick(startMs + 1_000), tick(startMs + 4_999)).thenNothing()
    account.when(tick(startMs + 5_000)).then([portfolioState, { at_ms: startMs + 5_000 }])
  })

  it('makes a state when the price of an open position moved, and not when it stands', () => {
    const account = opened({ positions: [snapshotPositionOf()] })
    account.table(markState, markOf({ mark: 101 }))
    account.when(tick(startMs + 1_000)).then([portfolioState, { unrealised_usd: '1' }])
    account.when(tick(startMs + 2_000)).thenNothing()
  })

  it('asks nothing of prices while the account is flat', () => {
    const account = opened().table(markState, markOf({ mark: 555 }))
    account.when(tick(startMs + 1_000)).thenNothing()
  })
})

describe('the margin of a position', () => {
  it('is taken at the leverage that its entry asked for, before any snapshot shows it', () => {
    const account = opened()
    account.when([orderCommand, orderCommandOf({ leverage: 4 })]).thenNothing()
    account.when([orderReport, fillOf(1, 'BUY', '1', '100')])
    expect(account.outputs(portfolioState)[0]!.margin_used_usd).toBe('25')
    const shown = { venue_sequence: 1, positions: [snapshotPositionOf({ leverage: 2 })] }
    account.records([accountSnapshot, snapshotOf(shown)])
    expect(stateOf(account, startMs + 1_000).margin_used_usd).toBe('50')
  })

  it('is the whole notional while the leverage is unknown', () => {
    const account = opened()
    account.when([orderReport, orderReportOf()])
    expect(account.outputs(portfolioState)[0]!.margin_used_usd).toBe('100')
  })
})
