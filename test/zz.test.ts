import { test } from 'vitest'
import { mkdtempSync } from 'node:fs'
import { openPaperDesk } from './kit/paper-desk.ts'
import { demoConfig, wholeStartMs } from './kit/whole-run.ts'
import { positionState, tradeClosed } from '../schemas/topics.ts'
test('x', async () => {
  const demo = demoConfig()
  const config = { ...demo, exits: { ...demo.exits, max_hold_ms: 3_000 } }
  const folder = mkdtempSync('/tmp/zz-'), clock = { nowMs: wholeStartMs }
  const d = await openPaperDesk({ folder, clock, config, log: 'a' })
  await d.runUntil(() => d.of(tradeClosed).length >= 2, 'x')
  await d.runUntil(() => { const p = d.records.findLast((r) => r.topic === positionState.name)?.value as any; return p?.status === 'OPEN' && p.protective_client_order_id !== null }, 'y')
  await d.stop()
  const t0 = clock.nowMs
  const e = await openPaperDesk({ folder, clock, config, log: 'b' })
  console.log(JSON.stringify(await e.venue.snapshot('main')))
  await e.run(10_000)
  for (const x of e.records) { const v = x.value as any
   if (['order.report','order.command','reconcile.report','position.state','trade.closed','ops.alert','exit.signal','safe_mode.state','account.snapshot'].includes(x.topic)) console.log(x.at_ms - t0, x.topic, x.topic === 'account.snapshot' ? JSON.stringify([v.venue_sequence, v.positions.map((p: any) => p.symbol + p.quantity), v.open_orders.map((o: any) => o.client_order_id)]) : JSON.stringify(v && [v.symbol, v.purpose, v.type, v.side, v.quantity, v.state, v.finding, v.action, v.client_order_id, v.venue_sequence, v.book_quantity, v.venue_quantity, v.detail, v.kind, v.status, v.adopted, v.resolved].filter((y) => y !== undefined))) }
}, 60000)
