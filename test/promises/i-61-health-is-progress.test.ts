// A consumer once ended on its first approved close while its health said well: health looked at the process only.
import { describe, expect, it } from 'vitest'
import { realityMap } from '../../cli/map/reality.ts'
import { samplesOf } from '../../cli/map/samples.ts'
import type { TopologyHeartbeat } from '../../schemas/types.gen.ts'
import { trading } from '../../topologies/trading.ts'
import { testConfig } from '../kit/given.ts'
import { heartbeatOf, startMs, topicObservedOf } from '../kit/records.ts'

const config = testConfig()
const nowMs = startMs + 600_000

/** Every input had records for ten minutes; all processors handled them, but for what `changes` says of one. */
function verdicts(name: string, changes: Partial<TopologyHeartbeat>): Map<string, string> {
  const topics = trading.topics.filter((topic) => topic.kind !== 'clock')
  const observed = [0, 300_000, 600_000].flatMap((ms) =>
    topics.map((topic) =>
      topicObservedOf({ topic: topic.name, at_ms: startMs + ms, end_offset: ms + 1 }),
    ),
  )
  const heartbeats = trading.processors.map((p) =>
    heartbeatOf({
      ...{ processor: p.name, started_at_ms: startMs - 1, at_ms: nowMs },
      ...(p.name === name ? changes : {}),
    }),
  )
  const rows = realityMap({
    ...{ topology: trading, config, observations: samplesOf(observed), heartbeats },
    ...{ startedAtMs: startMs, nowMs },
  })
  return new Map(rows.filter((r) => r.kind === 'processor').map((r) => [r.name, r.verdict]))
}

describe.each(trading.processors.map((p) => p.name))('I-61: %s', (name) => {
  it('is alive when it handles what comes', () => {
    expect([...new Set(verdicts(name, {}).values())]).toEqual(['alive'])
  })

  it.each<[string, Partial<TopologyHeartbeat>]>([
    ['stopped handling on the way', { last_input_at_ms: startMs + 200_000 }],
    ['never handled anything', { last_input_at_ms: null, handled: 0 }],
  ])(
    'is not well when it %s, though it gives signs of life, and nobody else is blamed',
    (_title, changes) => {
      const bad = [...verdicts(name, changes)].filter(([, verdict]) => verdict !== 'alive')
      expect(bad).toEqual([[name, 'stale']])
    },
  )
})
