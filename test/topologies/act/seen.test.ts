// Ids are remembered as long as the log can redeliver them, and not for ever.
import { describe, expect, it } from 'vitest'
import { orderReport } from '../../../schemas/topics.ts'
import { createLedger } from '../../../topologies/kernel/store.ts'
import type { Ledger } from '../../../topologies/kernel/processor.ts'
import { executionGatesSeenChangelog } from '../../../schemas/topics.ts'
import { firstSight, purge } from '../../../topologies/act/seen.ts'
import { actDesk } from '../../kit/act-desk.ts'

const dayMs = 86_400_000
const ledgerOf = () =>
  createLedger(executionGatesSeenChangelog) as unknown as Ledger<{ at_ms: number }>

describe('ids that were seen', () => {
  it('are new once', () => {
    const ledger = ledgerOf()
    expect([
      firstSight(ledger, 'a', 0),
      firstSight(ledger, 'a', 1),
      firstSight(ledger, 'b', 1),
    ]).toEqual([true, false, true])
  })

  it('are forgotten after their time, not before, and not more often than once a minute', () => {
    const ledger = ledgerOf()
    firstSight(ledger, 'old', 0)
    firstSight(ledger, 'young', 60_000)
    purge(ledger, 100_000, 100_000)
    expect(ledger.get('old')).toBeDefined()
    purge(ledger, 159_999, 100_000)
    expect(ledger.get('old')).toBeDefined()
    purge(ledger, 160_000, 100_000)
    expect(ledger.get('old')).toBeUndefined()
    expect(ledger.get('young')).toBeDefined()
  })

  it('keep a fill from being booked twice for a week', () => {
    const desk = actDesk()
    const report = desk.foreignFill({ fill_quantity: '1' })
    for (let day = 0; day < 7; day++) {
      desk.tick(dayMs)
      desk.publish(orderReport, report)
    }
    expect(desk.gates().legs).toMatchObject([{ quantity: '1' }])
  })
})
