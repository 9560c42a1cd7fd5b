// I-57: lack of margin five times in 300 s stopped everything, and closes counted in the rate breaker.
import { describe, expect, it } from 'vitest'
import { portfolioState, safeModeCommand } from '../../schemas/topics.ts'
import type { VenueReason } from '../../schemas/types.gen.ts'
import { actDesk } from '../kit/act-desk.ts'
import { portfolioOf } from '../kit/records.ts'

const business: VenueReason[] = [
  'INSUFFICIENT_MARGIN',
  'FILTER',
  'LEVERAGE',
  'REDUCE_ONLY_REJECTED',
  'NO_LIQUIDITY',
  'WOULD_TRIGGER',
  'UNKNOWN_SYMBOL',
  'UNKNOWN_ORDER',
  'DUPLICATE_ID',
  'EXPIRED_BEFORE_SEND',
  'OTHER',
]

describe('I-57: only faults count as faults, and only entries count as entries', () => {
  it('a hundred margin refusals at the gate are a hundred results and nothing more', () => {
    const desk = actDesk()
    desk.publish(portfolioState, portfolioOf({ available_usd: '10', at_ms: desk.nowMs() + 1e6 }))
    for (let n = 0; n < 100; n++) desk.intent({ intent_id: `intent-${n}` })
    expect(desk.results().filter((result) => result.reason === 'MARGIN_SHORT')).toHaveLength(100)
    expect(desk.read(safeModeCommand)).toEqual([])
    desk.publish(portfolioState, portfolioOf({ at_ms: desk.nowMs() + 1e6 }))
    desk.intent({ intent_id: 'enough' })
    expect(desk.commands('ENTRY')).toHaveLength(1)
  })

  it.each(business)('twenty rejections for %s ask for no safe mode', (reason) => {
    const desk = actDesk({ config: { limits: { max_entries_per_minute: 100 } } })
    for (let n = 0; n < 20; n++) {
      desk.intent({ intent_id: `intent-${n}` })
      desk.says(desk.commands('ENTRY')[0]!, { state: 'REJECTED', reason })
    }
    expect(desk.read(safeModeCommand)).toEqual([])
  })

  it('five transport faults do', () => {
    const desk = actDesk()
    for (let n = 0; n < 5; n++) {
      desk.intent({ intent_id: `intent-${n}` })
      desk.says(desk.commands('ENTRY')[0]!, { state: 'REJECTED', reason: 'TRANSPORT' })
    }
    expect(desk.read(safeModeCommand)).toMatchObject([{ active: true, trigger: 'VENUE_FAULTS' }])
  })

  it.each(['UNKNOWN', 'REJECTED'] as const)(
    "somebody else's orders that are %s count for nothing",
    (state) => {
      const desk = actDesk()
      const noFill = { venue_trade_id: null, fill_quantity: null, fill_price: null }
      for (let n = 0; n < 20; n++) desk.foreignFill({ state, reason: 'TRANSPORT', ...noFill })
      expect(desk.read(safeModeCommand)).toEqual([])
    },
  )

  it('refused entries and exits use up no rate: entries do, and the minute gives it back', () => {
    const desk = actDesk({ config: { limits: { max_entries_per_minute: 3 } } })
    desk.foreignFill({ symbol: 'ETHUSDT', fill_quantity: '100' })
    for (let n = 0; n < 50; n++) {
      desk.exit({ exit_id: `exit-${n}`, symbol: 'ETHUSDT', quantity: '1', closes_all: false })
      desk.intent({ intent_id: `refused-${n}`, notional_usd: '1' })
    }
    expect(desk.commands('EXIT')).toHaveLength(50)
    desk.results()
    for (let n = 0; n < 4; n++) {
      desk.intent({ intent_id: `intent-${n}` })
      const [entry] = desk.commands('ENTRY')
      if (entry !== undefined) desk.says(entry, { state: 'REJECTED', reason: 'OTHER' })
    }
    expect(desk.results().at(-1)).toMatchObject({ subject_id: 'intent-3', reason: 'RATE_LIMITED' })
    desk.tick(59_999)
    desk.intent({ intent_id: 'too-early' })
    expect(desk.results()).toMatchObject([{ reason: 'RATE_LIMITED' }])
    desk.tick(1)
    desk.commands()
    desk.intent({ intent_id: 'in-time' })
    expect(desk.commands('ENTRY')).toHaveLength(1)
  })
})
