// Thirteen ghost positions once blocked entries: an old snapshot of our own was taken for proof that they lived.
import { describe, expect, it } from 'vitest'
import {
  accountSnapshot,
  exchangeTick,
  exitSignal,
  markState,
  opsAlert,
  orderCommand,
  orderReport,
  positionFlattened,
  positionState,
  reconcileReport,
  safeModeState,
} from '../../schemas/topics.ts'
import type { AccountSnapshot } from '../../schemas/types.gen.ts'
import { positionKeeper } from '../../topologies/act/position-keeper.ts'
import { topology } from '../../topologies/kernel/topology.ts'
import { reconciler } from '../../topologies/watch/reconciler.ts'
import { safeMode } from '../../topologies/watch/safe-mode.ts'
import { drive } from '../kit/drive.ts'
import type { Driver } from '../kit/drive.ts'
import { sketch } from '../kit/pages.ts'
import { orderReportOf, snapshotOf, snapshotPositionOf } from '../kit/records.ts'

/** The reconciler and the position keeper together, with stand-ins for who else has to be there. */
const books = topology('books', {
  see: [sketch('marks', { reads: [exchangeTick], writes: [markState, exitSignal] })],
  act: [
    sketch('gates', { reads: [exitSignal], writes: [orderCommand] }),
    positionKeeper,
    sketch('closer', { reads: [positionFlattened], tables: [positionState], writes: [opsAlert] }),
  ],
  watch: [safeMode, reconciler, sketch('halt', { reads: [safeModeState], writes: [opsAlert] })],
})

const symbols = Array.from({ length: 13 }, (_, n) => `S${n}USDT`)

function fills(world: Driver, sign: 1 | -1): void {
  symbols.forEach((symbol, n) => {
    world.pipe(
      orderReport,
      orderReportOf({
        ...{ symbol, client_order_id: `order-${n}`, parent_id: `intent-${n}` },
        ...{ side: sign > 0 ? 'BUY' : 'SELL', venue_sequence: n + 1, venue_at_ms: world.nowMs() },
      }),
    )
  })
}

function snapshot(world: Driver, changes: Partial<AccountSnapshot> = {}): void {
  world.advance(2_000)
  world.pipe(accountSnapshot, snapshotOf({ as_of_ms: world.nowMs(), ...changes }))
}

describe.each([
  ['long', 1],
  ['short', -1],
] as const)('I-44: %s positions that only we know of', (_side, sign) => {
  it('are cleared once, each with a record, and entries are free again', () => {
    const world = drive(books)
    fills(world, sign)
    snapshot(world, { venue_sequence: 26 })
    expect(world.read(reconcileReport)).toEqual([])
    snapshot(world, { venue_sequence: 26 })
    const ghosts = world.read(reconcileReport)
    expect(ghosts.map((r) => [r.finding, r.action, r.resolved])).toEqual(
      symbols.map(() => ['GHOST_POSITION', 'CLEAR', false]),
    )
    expect(new Set(ghosts.map((r) => r.symbol)).size).toBe(13)
    expect(world.read(positionFlattened)).toHaveLength(13)
    expect(world.engine.table(positionState).size).toBe(0)

    snapshot(world, { venue_sequence: 26 })
    const after = world.read(reconcileReport)
    expect(after.filter((r) => r.finding === 'GHOST_POSITION' && r.resolved)).toHaveLength(13)
    for (const r of after.filter((report) => report.finding === 'GHOST_POSITION'))
      expect(r.repair_ms).toBe(4_000)
    expect(after.at(-1)!.finding).toBe('MATCHED')
    expect(world.read(positionFlattened)).toEqual([])
  })

  it.each<[string, Partial<AccountSnapshot>]>([
    ['a query that failed', { complete: false }],
    ['a snapshot of long ago', { as_of_ms: 1 }],
    ['a snapshot of another environment', { environment: 'DEMO' }],
  ])('stay as they are through %s, however often it comes', (_title, doubt) => {
    const world = drive(books)
    fills(world, sign)
    for (let n = 0; n < 10; n++) snapshot(world, { venue_sequence: 26, ...doubt })
    expect(world.read(reconcileReport).map((r) => r.finding)).toEqual(['INCOMPLETE'])
    expect(world.engine.table(positionState).size).toBe(13)
    expect(world.read(positionFlattened)).toEqual([])
  })

  it('stay when the venue has them too', () => {
    const world = drive(books)
    fills(world, sign)
    const positions = symbols.map((symbol) =>
      snapshotPositionOf({ symbol, quantity: String(sign) }),
    )
    for (let n = 0; n < 5; n++) snapshot(world, { venue_sequence: 13, positions })
    const findings = new Set(world.read(reconcileReport).map((r) => r.finding))
    expect([...findings]).toEqual(['MISSING_STOP'])
    expect(world.engine.table(positionState).size).toBe(13)
  })
})
