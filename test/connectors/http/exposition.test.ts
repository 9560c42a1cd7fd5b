import { expect, test } from 'vitest'
import { counter, gauge, histogram } from '../../../connectors/http/exposition.ts'

test('a counter adds up for each set of labels', () => {
  const reads = counter({ name: 'reads_total', help: 'Reads.', labels: ['topic'] })
  reads.add(['a'])
  reads.add(['b'], 3)
  reads.add(['a'], 2)
  expect(reads.render()).toBe(
    '# HELP reads_total Reads.\n# TYPE reads_total counter\nreads_total{topic="a"} 3\nreads_total{topic="b"} 3\n',
  )
})

test('a counter is there at 0 before its first event when somebody says so', () => {
  const letters = counter({ name: 'letters_total', help: 'Letters.', labels: ['cause'] })
  letters.add(['OTHER'], 0)
  expect(letters.render()).toContain('letters_total{cause="OTHER"} 0\n')
})

test('a gauge is what it was set to last, and goes when it is removed', () => {
  const lag = gauge({ name: 'lag', help: 'Lag.', labels: ['group', 'topic'] })
  lag.set(['g', 'a'], 1)
  lag.set(['g', 'a'], 7)
  lag.set(['h', 'a'], 2)
  lag.remove(([group]) => group === 'h')
  expect(lag.render()).toContain('lag{group="g",topic="a"} 7\n')
  expect(lag.render()).not.toContain('"h"')
})

test('a gauge without labels has none', () => {
  const ready = gauge({ name: 'ready', help: 'Ready.' })
  ready.set([], 1)
  expect(ready.render()).toContain('\nready 1\n')
})

test('a histogram counts what lies at or below each bound, and all of it in +Inf', () => {
  const time = histogram({ name: 'time_seconds', help: 'Time.', labels: ['sub'] }, [0.5, 1])
  for (const value of [0.25, 0.5, 0.75, 4]) time.observe(['m'], value)
  expect(time.render()).toBe(
    [
      '# HELP time_seconds Time.',
      '# TYPE time_seconds histogram',
      'time_seconds_bucket{sub="m",le="0.5"} 2',
      'time_seconds_bucket{sub="m",le="1"} 3',
      'time_seconds_bucket{sub="m",le="+Inf"} 4',
      'time_seconds_sum{sub="m"} 5.5',
      'time_seconds_count{sub="m"} 4',
      '',
    ].join('\n'),
  )
})

test('labels and help can hold any text', () => {
  const odd = gauge({ name: 'odd', help: 'a\nb\\c', labels: ['x'] })
  odd.set(['say "hi"\n\\'], Infinity)
  expect(odd.render()).toBe(
    '# HELP odd a\\nb\\\\c\n# TYPE odd gauge\nodd{x="say \\"hi\\"\\n\\\\"} +Inf\n',
  )
})
