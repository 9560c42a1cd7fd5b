// A snapshot once took 170 s over 566 symbols, was always stale, and was believed.
import { describe, expect, it } from 'vitest'
import { realityMap } from '../../cli/map/reality.ts'
import { samplesOf } from '../../cli/map/samples.ts'
import { accountSnapshot, reconcileReport } from '../../schemas/topics.ts'
import { trading } from '../../topologies/trading.ts'
import { reconciler } from '../../topologies/watch/reconciler.ts'
import { given, testConfig } from '../kit/given.ts'
import { snapshotOf, snapshotPositionOf, startMs, topicObservedOf } from '../kit/records.ts'

const aged = (ageMs: number, positions = [snapshotPositionOf()]) =>
  [
    accountSnapshot,
    snapshotOf({ as_of_ms: startMs - ageMs, venue_sequence: 7, positions }),
  ] as const

describe('I-53: the age of a snapshot is bounded and shown', () => {
  it.each([0, 1_000, 30_000])(
    'one of %i ms counts, and every report says how old it was',
    (ageMs) => {
      const world = given(reconciler).records(aged(ageMs)).when(aged(ageMs))
      const reports = world.outputs(reconcileReport)
      expect(reports.map((r) => r.finding)).toContain('UNKNOWN_POSITION')
      for (const { detail } of reports) {
        expect(detail).toContain(`${ageMs} ms old`)
        expect(detail).toContain(`as of ${startMs - ageMs} ms`)
      }
    },
  )

  it.each([30_001, 170_000])('one of %i ms proves nothing, and says so', (ageMs) => {
    const world = given(reconciler).when(aged(ageMs), aged(ageMs), aged(ageMs))
    const reports = world.outputs(reconcileReport)
    expect(reports.map((r) => r.finding)).toEqual(['INCOMPLETE'])
    expect(reports[0]!.detail).toContain(`at most 30000 ms, was ${ageMs} ms old`)
  })

  it('the bound is a setting', () => {
    const config = testConfig({ watch: { snapshot_max_age_ms: 200_000 } })
    const world = given(reconciler, { config }).records(aged(170_000)).when(aged(170_000))
    expect(world.outputs(reconcileReport).map((r) => r.finding)).toContain('UNKNOWN_POSITION')
  })

  it('the map shows when the last one came, and a verdict when that is too long ago', () => {
    const rowAfter = (ageMs: number) =>
      realityMap({
        topology: trading,
        config: testConfig(),
        observations: samplesOf([
          topicObservedOf({
            topic: 'account.snapshot',
            at_ms: startMs,
            last_record_at_ms: startMs - ageMs,
          }),
        ]),
        heartbeats: [],
        startedAtMs: startMs - 600_000,
        nowMs: startMs,
      }).find((row) => row.name === 'account.snapshot')!
    expect(rowAfter(4_000)).toMatchObject({ verdict: 'ok' })
    expect(rowAfter(4_000).evidence).toContain('2023-11-14T22:13:16Z (4.0 s ago)')
    expect(rowAfter(170_000)).toMatchObject({ verdict: 'stale' })
    expect(rowAfter(170_000).evidence).toContain('(2 m 50 s ago)')
  })
})
