import { describe, expect, test } from 'vitest'
import {
  formatExact,
  formatLength,
  formatNumber,
  formatPercent,
  formatTime,
  formatUsd,
} from '../../../../connectors/backtest/report/format.ts'

describe('numbers and times of a report', () => {
  test('money has two decimals and a sign where it is asked for', () => {
    expect(formatUsd('1234.5')).toBe('1,234.50')
    expect(formatUsd('1234.5', true)).toBe('+1,234.50')
    expect(formatUsd('-0.126', true)).toBe('−0.13')
    expect(formatUsd('0.001', true)).toBe('0.00')
    expect(formatUsd('-0.001', true)).toBe('0.00')
  })

  test('what has no value is a dash', () => {
    expect([formatUsd(null), formatPercent(null), formatNumber(null)]).toEqual(['–', '–', '–'])
    expect([formatNumber(NaN), formatTime(null), formatLength(null)]).toEqual(['–', '–', '–'])
  })

  test('percent, plain and exact numbers', () => {
    expect(formatPercent(0.1234, true)).toBe('+12.34 %')
    expect(formatNumber(-1.005, 1)).toBe('−1.0')
    expect(formatExact('61800.30')).toBe('61,800.3')
  })

  test('lengths have their two largest units', () => {
    const lengths = [850, 5_000, 65_000, 3_600_000, 90_061_000, 2 * 86_400_000]
    expect(lengths.map(formatLength)).toEqual([
      ...['850 ms', '5 s', '1 m 5 s', '1 h', '1 d 1 h', '2 d'],
    ])
  })

  test('times are UTC', () => {
    expect(formatTime(1_723_161_255_088)).toBe('2024-08-08 23:54:15')
    expect(formatTime(1_723_161_255_088, true)).toBe('2024-08-08 23:54:15.088')
  })
})
