import { describe, expect, test } from 'vitest'
import { timeMarks, valueMarks } from '../../../../connectors/backtest/report/axis.ts'

const labels = (from: string, to: string): string[] =>
  timeMarks(Date.parse(from), Date.parse(to), 7).map((mark) => mark.label)

describe('marks of an axis', () => {
  test('values are round', () => {
    const marks = valueMarks(9_656, 10_405, 5, (value) => String(value))
    expect(marks.map((mark) => mark.label)).toEqual(['9800', '10000', '10200', '10400'])
  })

  test('a range of nothing has one mark', () => {
    expect(valueMarks(5, 5, 5, String)).toEqual([{ value: 5, label: '5' }])
    expect(timeMarks(5, 5, 5)).toEqual([])
  })

  test('minutes of a short run', () => {
    expect(labels('2024-08-08T23:54:15.088Z', '2024-08-08T23:59:59.999Z')).toEqual([
      ...['23:55', '23:56', '23:57', '23:58', '23:59'],
    ])
  })

  test('a day begins with its date', () => {
    expect(labels('2024-08-08T20:00:00Z', '2024-08-09T09:00:00Z')).toEqual([
      ...['20:00', '22:00', '9 Aug', '02:00', '04:00', '06:00', '08:00'],
    ])
  })

  test('months and years of a long one', () => {
    expect(labels('2023-11-05T00:00:00Z', '2024-04-20T00:00:00Z')).toEqual([
      ...['Dec 2023', '2024', 'Feb 2024', 'Mar 2024', 'Apr 2024'],
    ])
    expect(labels('2020-01-01T00:00:00Z', '2024-05-31T00:00:00Z')).toEqual([
      ...['2020', '2021', '2022', '2023', '2024'],
    ])
  })
})
