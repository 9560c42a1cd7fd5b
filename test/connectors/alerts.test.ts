import { describe, expect, test } from 'vitest'
import { alertLog, followAlerts, readAlerts } from '../../connectors/alerts.ts'
import type { ReadRange, StoredRecord } from '../../connectors/runtime.ts'
import type { AlertState, OpsAlert } from '../../schemas/types.gen.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import { opsAlertOf, startMs } from '../kit/records.ts'

/** A log of alerts that remembers what was asked of it. */
function newLog() {
  const records: StoredRecord[] = []
  const asked: ReadRange[] = []
  return {
    asked,
    put(alert_id: string, state: AlertState): void {
      const value: OpsAlert = opsAlertOf({ alert_id, state })
      const place = { partition: 0, offset: records.length, fault: null }
      records.push({ ...{ topic: 'ops.alert', key: alert_id, value, at_ms: startMs }, ...place })
    },
    read: async (_topic: unknown, range: ReadRange): Promise<StoredRecord[]> => {
      asked.push(range)
      return records.filter(({ offset }) => offset >= (range.from ?? 0))
    },
  }
}

test('the last record of an alert says whether it is open', async () => {
  const log = newLog()
  log.put('a', 'RAISED')
  log.put('b', 'RAISED')
  log.put('a', 'CLEARED')
  const alerts = await readAlerts(log.read)
  expect(alerts.map((alert) => [alert.alert_id, alert.state])).toEqual([
    ['a', 'CLEARED'],
    ['b', 'RAISED'],
  ])
})

describe('following the alerts', () => {
  const ids = async (seen: Promise<{ open: readonly OpsAlert[] }>) =>
    (await seen).open.map((alert) => alert.alert_id)

  test('reads each record once, and no more often than it may', async () => {
    const log = newLog()
    const follower = followAlerts(log.read, 5_000)
    expect(follower.seen()).toBeNull()
    log.put('a', 'RAISED')
    log.put('b', 'RAISED')
    expect(await ids(follower.refresh(startMs))).toEqual(['a', 'b'])
    log.put('a', 'CLEARED')
    expect(await ids(follower.refresh(startMs + 4_999)), 'not read again').toEqual(['a', 'b'])
    expect(await ids(follower.refresh(startMs + 5_000))).toEqual(['b'])
    expect(log.asked).toMatchObject([{ newest: true }, { from: 2 }])
    expect(follower.seen()).toMatchObject({ atMs: startMs + 5_000 })
  })

  test('sees the first alert of a log that had none', async () => {
    const log = newLog()
    const follower = followAlerts(log.read, 1)
    expect(await ids(follower.refresh(startMs))).toEqual([])
    log.put('a', 'RAISED')
    expect(await ids(follower.refresh(startMs + 1))).toEqual(['a'])
  })

  test('asks one question at a time, and again after one that failed', async () => {
    const answer = Promise.withResolvers<StoredRecord[]>()
    let asked = 0
    const follower = followAlerts(() => {
      asked++
      return answer.promise
    }, 1)
    const both = [follower.refresh(startMs), follower.refresh(startMs)]
    await Promise.resolve()
    expect(asked).toBe(1)
    answer.reject(new Error('the broker is away'))
    for (const one of both) await expect(one).rejects.toThrow('away')
    await expect(follower.refresh(startMs)).rejects.toThrow('away')
    expect(asked).toBe(2)
  })
})

test('each alert is in the log of the process: raised as its severity says, cleared as information', () => {
  const lines: string[] = []
  const say = (level: string) => (fields: unknown, text?: string) => {
    lines.push(`${level} ${String(text)} ${(fields as { alert: string }).alert}`)
  }
  const write = alertLog({ error: say('error'), warn: say('warn'), info: say('info') })
  const recordOf = (changes: Partial<OpsAlert>): LogRecord => {
    const value = opsAlertOf(changes)
    const place = { partition: 0, offset: 0, at_ms: startMs }
    return { topic: 'ops.alert', key: value.alert_id, value, ...place }
  }
  write([
    recordOf({ alert_id: 'a', severity: 'CRITICAL' }),
    recordOf({ alert_id: 'b', severity: 'WARNING' }),
    recordOf({ alert_id: 'c', severity: 'INFO' }),
    { ...recordOf({}), topic: 'dead.letter' },
    recordOf({ alert_id: 'a', severity: 'CRITICAL', state: 'CLEARED' }),
  ])
  expect(lines).toEqual([
    'error alert raised a',
    'warn alert raised b',
    'info alert raised c',
    'info alert cleared a',
  ])
})
