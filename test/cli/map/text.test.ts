import { expect, test } from 'vitest'
import type { MapRow } from '../../../cli/map/rows.ts'
import { renderMap } from '../../../cli/map/text.ts'
import { duration, moment } from '../../../cli/map/words.ts'

const rows: MapRow[] = [
  {
    name: 'price.update',
    kind: 'topic',
    expected: 'every 5.0 s',
    observed: '3 kept',
    evidence: 'last record 2026-01-19T12:03:20Z (0.4 s ago)',
    verdict: 'growing',
  },
  {
    name: 'exit-brain',
    kind: 'processor',
    expected: 'heartbeat every 6.0 s',
    observed: 'no heartbeat',
    evidence: 'none was ever seen',
    verdict: 'missing',
  },
]

test('columns are aligned, kinds have headings, and the last line counts the verdicts', () => {
  expect(renderMap(rows, { colour: false })).toBe(
    [
      'TOPICS',
      '  price.update  growing  every 5.0 s            3 kept        last record 2026-01-19T12:03:20Z (0.4 s ago)',
      '',
      'PROCESSORS',
      '  exit-brain    missing  heartbeat every 6.0 s  no heartbeat  none was ever seen',
      '',
      '2 rows: 1 growing, 1 missing',
      '',
    ].join('\n'),
  )
})

test('colours do not move columns, and are absent unless asked for', () => {
  const plain = renderMap(rows, { colour: false })
  const coloured = renderMap(rows, { colour: true })
  expect(plain).not.toContain('\u001b')
  expect(coloured).toContain('\u001b[31mmissing\u001b[0m')

  expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain)
})

test.each([
  [400, '0.4 s'],
  [12_345, '12 s'],
  [60_000, '1 m'],
  [200_000, '3 m 20 s'],
  [7_500_000, '2 h 5 m'],
  [370 * 86_400_000, '370 d'],
  [-400, '-0.4 s'],
])('%i ms reads %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test('an age never stands without its absolute time', () => {
  const nowMs = Date.UTC(2026, 0, 19, 12, 5)
  expect(moment(1_736_826_000_000, nowMs)).toBe('2025-01-14T03:40:00Z (370 d ago)')
  expect(moment(nowMs + 1_000, nowMs)).toBe('2026-01-19T12:05:01Z (in 1.0 s)')
  expect(moment(null, nowMs)).toBe('never')
})
