// I-49: a hold blocked the close that would have ended it, and the first entry needed a ledger that only an entry made.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  instrumentState,
  markState,
  portfolioState,
  reconcileReport,
  safeModeState,
} from '../../schemas/topics.ts'
import { actDesk } from '../kit/act-desk.ts'
import type { ActDesk } from '../kit/act-desk.ts'
import { instrumentOf, markOf, portfolioOf, reconcileReportOf, safeModeOf } from '../kit/records.ts'

/** Everything that holds an entry back. */
const holds: Record<string, (desk: ActDesk) => void> = {
  safeMode: (desk) => desk.publish(safeModeState, safeModeOf({ active: true, until_ms: 9e12 })),
  safeModeUnknown: (desk) => desk.publish(safeModeState, null, 'main'),
  noEquity: (desk) => desk.publish(portfolioState, portfolioOf({ known: false })),
  noPortfolio: (desk) => desk.publish(portfolioState, null, 'main'),
  loss: (desk) =>
    desk.publish(portfolioState, portfolioOf({ day_pnl_usd: '-9999', drawdown_fraction: 1 })),
  bankrupt: (desk) =>
    desk.publish(portfolioState, portfolioOf({ equity_usd: '-5', available_usd: '-5' })),
  halted: (desk) => desk.table(instrumentState, 'BTCUSDT', instrumentOf({ status: 'HALTED' })),
  noFilters: (desk) => desk.table(instrumentState, 'BTCUSDT', undefined),
  noPrice: (desk) => desk.table(markState, 'BTCUSDT', undefined),
  stalePrice: (desk) => desk.table(markState, 'BTCUSDT', markOf({ fresh: false, price_at_ms: 0 })),
  mismatch: (desk) =>
    desk.publish(
      reconcileReport,
      reconcileReportOf({ finding: 'UNKNOWN_ORDER', action: 'ALERT', client_order_id: 'x' }),
    ),
  incomplete: (desk) =>
    desk.publish(
      reconcileReport,
      reconcileReportOf({ symbol: '', finding: 'INCOMPLETE', action: 'NONE' }),
      'main|',
    ),
  stopUnsettled: (desk) => void desk.says(desk.stops().at(-1)!, { state: 'UNKNOWN' }),
  stopRejected: (desk) =>
    void desk.says(desk.stops().at(-1)!, { state: 'REJECTED', reason: 'WOULD_TRIGGER' }),
  waiting: (desk) => void desk.intent({ intent_id: 'other', symbol: 'ETHUSDT' }),
  restart: (desk) => desk.restart(),
  dayLater: (desk) => desk.tick(86_400_000),
}

describe('I-49: from every hold a close passes', () => {
  it('whatever holds entries back, alone or together, long or short', () => {
    fc.assert(
      fc.property(
        fc.subarray(Object.keys(holds)),
        fc.boolean(),
        fc.integer({ min: 1, max: 10 }),
        (names, isLong, quantity) => {
          const desk = actDesk()
          desk.intent(isLong ? {} : { side: 'SELL', stop_price: '101', target_price: '98' })
          desk.fill(desk.commands('ENTRY')[0]!)
          desk.ack(desk.stops()[0]!)
          for (const name of names) holds[name]!(desk)
          desk.commands()
          const side = isLong ? 'SELL' : 'BUY'
          desk.exit({ side, quantity: String(quantity), closes_all: false })
          desk.exit({ exit_id: 'exit-2', side, quantity: '10', closes_all: true })
          const sent = desk.commands('EXIT')
          const sum = sent.reduce((total, order) => total + Number(order.quantity), 0)
          expect(sum).toBe(10)
          expect(sent.every((order) => order.reduce_only && order.side === side)).toBe(true)
          for (const order of sent) desk.fill(order)
          expect(desk.gates().legs.find((leg) => leg.symbol === 'BTCUSDT')!.quantity).toBe('0')
        },
      ),
      { seed: 49, numRuns: 200 },
    )
  })

  it('and the first entry of an account passes without a ledger, a position or a report', () => {
    const desk = actDesk({ isCold: true })
    desk.publish(safeModeState, safeModeOf())
    desk.publish(portfolioState, portfolioOf())
    desk.table(instrumentState, 'BTCUSDT', instrumentOf())
    desk.table(markState, 'BTCUSDT', markOf())
    desk.intent()
    expect(desk.commands()).toHaveLength(1)
  })
})
