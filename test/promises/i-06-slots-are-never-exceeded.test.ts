// I-06: 17 positions were open under a limit of 10, because they were counted in one place and acted on in another.
import { describe, expect, it } from 'vitest'
import { actDesk } from '../kit/act-desk.ts'

const symbols = Array.from({ length: 50 }, (_, n) => `COIN${n}USDT`)
const limits = { max_open_positions: 10, max_in_flight: 50, max_entries_per_minute: 100 }
const limitsAt = (decision_window_ms: number) => ({
  accounts: [{ name: 'main', symbols }],
  limits: { ...limits, decision_window_ms },
})

describe('I-06: a slot is reserved by the one who gives the order', () => {
  it.each([0, 200])(
    '50 intents at once give 10 orders and 40 refusals (window %d ms)',
    (windowMs) => {
      const desk = actDesk({ config: limitsAt(windowMs) })
      symbols.forEach((symbol, n) =>
        desk.intent({ intent_id: `intent-${n}`, symbol, notional_usd: '100' }),
      )
      desk.tick(200)
      expect(desk.commands('ENTRY')).toHaveLength(10)
      const refused = desk.results()
      expect(refused).toHaveLength(40)
      expect(refused.every((result) => result.reason === 'MAX_POSITIONS' && result.terminal)).toBe(
        true,
      )
    },
  )

  it('orders that are neither filled nor ended hold their slots, over a restart too', () => {
    const desk = actDesk({ config: limitsAt(0) })
    symbols.forEach((symbol, n) => {
      desk.intent({ intent_id: `intent-${n}`, symbol, notional_usd: '100' })
      const [entry] = desk.commands('ENTRY')
      if (entry === undefined) return
      if (n % 3 === 0) desk.fill(entry)
      if (n % 3 === 1) desk.says(entry, { state: 'UNKNOWN' })
      desk.restart()
    })
    expect(desk.everyCommand().filter((command) => command.purpose === 'ENTRY')).toHaveLength(10)
  })

  it('a freed slot is used by one, not by all that wait for it', () => {
    const desk = actDesk({ config: limitsAt(0) })
    symbols.forEach((symbol, n) =>
      desk.intent({ intent_id: `intent-${n}`, symbol, notional_usd: '100' }),
    )
    const [first] = desk.commands('ENTRY')
    desk.says(first!, { state: 'EXPIRED', reason: 'NO_LIQUIDITY' })
    symbols
      .slice(10)
      .forEach((symbol, n) => desk.intent({ intent_id: `again-${n}`, symbol, notional_usd: '100' }))
    expect(desk.commands('ENTRY')).toHaveLength(1)
  })

  it('positions by hand count as well', () => {
    const desk = actDesk({ config: limitsAt(0) })
    for (const symbol of symbols.slice(0, 10)) desk.foreignFill({ symbol })
    desk.intent({ symbol: symbols[20]! })
    expect(desk.results()).toMatchObject([{ reason: 'MAX_POSITIONS' }])
  })
})
