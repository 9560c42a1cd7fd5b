// Ids are remembered as long as the log can redeliver them, and not for ever.
import { describe, expect, it } from 'vitest'
import { executionGatesSeenChangelog, orderReport } from '../../../schemas/topics.ts'
import { createLedger } from '../../../topologies/kernel/store.ts'
import type { Ledger } from '../../../topologies/kernel/processor.ts'
import { firstSight } from '../../../topologies/act/seen.ts'
import { actDesk } from '../../kit/act-desk.ts'

const dayMs = 86_400_000

describe('ids that were seen', () => {
  it('are new once', () => {
    const ledger = createLedger(executionGatesSeenChangelog) as unknown as Ledger<{ at_ms: number }>
    expect([
      firstSight(ledger, 'a', 0),
      firstSight(ledger, 'a', 1),
      firstSight(ledger, 'b', 1),
    ]).toEqual([true, false, true])
  })

  it('keep a fill from being booked twice for as long as its report is kept', () => {
    const desk = actDesk()
    const report = desk.foreignFill({ fill_quantity: '1' })
    for (let atMs = 0; atMs < orderReport.retentionMs; atMs += dayMs) {
      desk.tick(dayMs)
      desk.publish(orderReport, report)
    }
    expect(desk.gates().legs).toMatchObject([{ quantity: '1' }])
  })
})
