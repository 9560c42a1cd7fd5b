import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRecorder } from '../../../connectors/http/recorder.ts'
import { createProcessMetrics } from '../../../connectors/http/process-metrics.ts'
import type { TopicName } from '../../../schemas/topic.ts'
import type { LogRecord } from '../../../topologies/kernel/topic.ts'
import { startMs } from '../../kit/records.ts'

const nothingSeen = { isReady: true, alerts: null }

function newRecorder(nowMs: () => number = () => startMs) {
  return createRecorder({ version: '1.2.3', topology: 'trading', runtime: 'embedded', nowMs })
}

const recordOf = (topic: TopicName, value: unknown): LogRecord => ({
  ...{ topic, key: 'k', value, at_ms: startMs, partition: 0, offset: 0 },
})

test('what runs and whether it is ready is told from the start', () => {
  const text = newRecorder().render({ isReady: false, alerts: null })
  expect(text).toContain(
    `quantum_build_info{version="1.2.3",topology="trading",runtime="embedded",node_version="${process.version}"} 1`,
  )
  expect(text).toContain('quantum_ready 0')
})

test('the counts of a runtime are shown by topic, task and cause', () => {
  const { metrics, render } = newRecorder()
  metrics.consumed('exchange.tick', 5)
  metrics.produced('price.update', 4)
  metrics.processed('market', 1, 3)
  metrics.committed('market', 1, 5, 20)
  metrics.committed('market', 1, 7, 20)
  metrics.aborted('market', 1, 'FAILED')
  metrics.rebalanced('trading.market')
  metrics.restoring('market', 1, 'bars.changelog', 90)
  metrics.stateEntries('bars.changelog', 1, 12)
  const text = render(nothingSeen)
  for (const line of [
    'quantum_consumed_records_total{topic="exchange.tick"} 5',
    'quantum_produced_records_total{topic="price.update"} 4',
    'quantum_process_seconds_count{sub_topology="market"} 1',
    'quantum_commits_total{sub_topology="market",partition="1"} 2',
    'quantum_committed_records_total{sub_topology="market",partition="1"} 12',
    'quantum_commit_seconds_bucket{sub_topology="market",le="0.02"} 2',
    'quantum_commit_seconds_bucket{sub_topology="market",le="0.01"} 0',
    'quantum_aborts_total{sub_topology="market",partition="1",cause="FAILED"} 1',
    'quantum_rebalances_total{group="trading.market"} 1',
    'quantum_restore_remaining_records{sub_topology="market",partition="1",topic="bars.changelog"} 90',
    'quantum_state_entries{store="bars.changelog",partition="1"} 12',
  ])
    expect(text).toContain(`${line}\n`)
})

test('a task that commits has been fenced 0 times, so that the first time shows', () => {
  const { metrics, render } = newRecorder()
  metrics.committed('market', 0, 1, 1)
  const line = 'quantum_fenced_total{sub_topology="market",partition="0"}'
  expect(render(nothingSeen)).toContain(`${line} 0\n`)
  metrics.fenced('market', 0)
  expect(render(nothingSeen)).toContain(`${line} 1\n`)
})

test('a task that was released has nothing left to restore here', () => {
  const { metrics, render } = newRecorder()
  metrics.restoring('market', 1, 'bars.changelog', 90)
  metrics.restoring('market', 2, 'bars.changelog', 80)
  metrics.released('market', 1)
  expect(render(nothingSeen)).not.toContain('partition="1",topic="bars.changelog"')
  expect(render(nothingSeen)).toContain('partition="2",topic="bars.changelog"} 80')
})

test('committed records are counted: refusals by gate and reason, dead letters by cause', () => {
  const { observe, render } = newRecorder()
  const refused = { status: 'REFUSED', gate: 'G1', reason: 'SAFE_MODE_ACTIVE' }
  observe([
    recordOf('execution.result', refused),
    recordOf('execution.result', { ...refused, status: 'FILLED', gate: 'NONE', reason: 'NONE' }),
    recordOf('execution.result', refused),
    recordOf('signal.refused', { reason: 'LOW_CONFIDENCE' }),
    recordOf('dead.letter', { cause: 'UNDECODABLE' }),
    recordOf('position.state', null),
  ])
  const text = render(nothingSeen)
  expect(text.match(/^quantum_refused_total.*/gm)).toEqual([
    'quantum_refused_total{topic="execution.result",gate="G1",reason="SAFE_MODE_ACTIVE"} 2',
    'quantum_refused_total{topic="signal.refused",gate="NONE",reason="LOW_CONFIDENCE"} 1',
  ])
  expect(text).toContain('quantum_dead_letters_total{cause="UNDECODABLE"} 1\n')
  expect(text, 'there before the first one').toContain(
    'quantum_dead_letters_total{cause="UNKNOWN_SCHEMA"} 0\n',
  )
})

test('a lag is records and seconds; an unknown one is neither, and says so', () => {
  const { metrics, render } = newRecorder()
  const labels = '{group="trading.account",topic="trade.intent",partition="3"}'
  metrics.lag('trading.account', 'trade.intent', 3, 40, 2_500)
  expect(render(nothingSeen)).toContain(`quantum_consumer_lag_records${labels} 40\n`)
  expect(render(nothingSeen)).toContain(`quantum_consumer_lag_seconds${labels} 2.5\n`)
  metrics.lag('trading.account', 'trade.intent', 3, null, null)
  const text = render(nothingSeen)
  expect(text).toContain(`quantum_consumer_lag_known${labels} 0\n`)
  expect(text).not.toContain(`quantum_consumer_lag_records${labels}`)
  metrics.lag('trading.account', 'trade.intent', 3, 0, null)
  expect(render(nothingSeen)).toContain(`quantum_consumer_lag_seconds${labels} 0\n`)
  expect(render(nothingSeen)).toContain(`quantum_consumer_lag_known${labels} 1\n`)
})

test('a lag of unknown age is not shown as none', () => {
  const { metrics, render } = newRecorder()
  metrics.lag('g', 't', 0, 7, null)
  expect(render(nothingSeen)).not.toMatch(/^quantum_consumer_lag_seconds\{/m)
})

test('a lag that nobody tells here any more is not shown for ever', () => {
  let nowMs = startMs
  const { metrics, render } = newRecorder(() => nowMs)
  metrics.lag('g', 'old', 0, 7, 1)
  nowMs += 60_000
  metrics.lag('g', 'new', 0, 7, 1)
  expect(render(nothingSeen)).toContain('topic="old"')
  nowMs += 1
  const text = render(nothingSeen)
  expect(text).not.toContain('topic="old"')
  expect(text).toContain('topic="new"')
})

test('open alerts are counted by kind and severity, with 0 for all others, once they are known', () => {
  const { render } = newRecorder(() => startMs + 4_000)
  expect(render(nothingSeen)).not.toMatch(/^quantum_alerts_open\{/m)
  const alert = { kind: 'LAG_HIGH', severity: 'CRITICAL' } as never
  const text = render({ isReady: true, alerts: { open: [alert, alert], atMs: startMs } })
  expect(text).toContain('quantum_alerts_open{kind="LAG_HIGH",severity="CRITICAL"} 2\n')
  expect(text).toContain('quantum_alerts_open{kind="LAG_STUCK",severity="CRITICAL"} 0\n')
  expect(text).toContain('quantum_alerts_read_seconds 4\n')
})

test('every name is listed where rules and dashboards look, and the other way round', () => {
  using process = createProcessMetrics()
  const text = newRecorder().render(nothingSeen) + process.render()
  const shown = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]!)
  const source = readFileSync(join(import.meta.dirname, '../../../connectors/metrics.ts'), 'utf8')
  const lines = [...source.matchAll(/^\/\/ {3}(\S.*)/gm)].map((match) => match[1]!)
  const listed = lines.flatMap((line) => line.split(/\{| {2,}/)[0]!.split(', '))
  expect(shown.sort()).toEqual(listed.sort())
})
