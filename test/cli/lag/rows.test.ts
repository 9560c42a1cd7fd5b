import { describe, expect, test } from 'vitest'
import { lagRows } from '../../../cli/lag/rows.ts'
import { renderLag } from '../../../cli/lag/text.ts'
import type { Lag } from '../../../connectors/runtime.ts'
import type { AlertKind } from '../../../schemas/types.gen.ts'
import { testConfig } from '../../kit/given.ts'
import { opsAlertOf } from '../../kit/records.ts'

const config = testConfig({ watch: { max_lag: 100, max_lag_ms: 5_000 } })

const lagOf = (changes: Partial<Lag> = {}): Lag => ({
  ...{ group: 'trading.account', topic: 'trade.intent', partition: 0, trimmedUnread: 0 },
  ...{ known: true, lag: 0, lagMs: null, committedOffset: 10, endOffset: 10 },
  ...changes,
})

const alertOf = (kind: AlertKind, place = 'trading.account|trade.intent|0') =>
  opsAlertOf({ alert_id: `${kind}|${place}`, kind, detail: `it is ${kind}` })

const states = (lag: Lag, ...alerts: ReturnType<typeof alertOf>[]) =>
  lagRows([lag], alerts, config).map((row) => row.state)

describe('the state of a lag', () => {
  test.each<[AlertKind, string]>([
    ['LAG_HIGH', 'above'],
    ['LAG_GROWING', 'growing'],
    ['LAG_UNKNOWN', 'unknown'],
    ['LAG_STUCK', 'stuck'],
    ['DATA_LOSS', 'lost'],
  ])('with an open %s is %s', (kind, state) => {
    expect(states(lagOf(), alertOf(kind))).toEqual([state])
    expect(states(lagOf(), { ...alertOf(kind), state: 'CLEARED' })).toEqual(['ok'])
  })

  test('is the worst of several', () => {
    expect(states(lagOf(), alertOf('LAG_HIGH'), alertOf('LAG_STUCK'))).toEqual(['stuck'])
  })

  test('is its own partition’s and its own group’s', () => {
    expect(states(lagOf(), alertOf('LAG_HIGH', 'trading.account|trade.intent|1'))).toEqual(['ok'])
    expect(states(lagOf(), alertOf('LAG_HIGH', 'gateway|trade.intent|0'))).toEqual(['ok'])
  })

  test.each<[Partial<Lag>, string]>([
    [{ lag: 100, lagMs: 5_000 }, 'ok'],
    [{ lag: 101, lagMs: 1 }, 'above'],
    [{ lag: 1, lagMs: 5_001 }, 'above'],
    [{ known: false, committedOffset: null }, 'unknown'],
    [{ trimmedUnread: 3 }, 'lost'],
  ])('without an alert is what the limits say: %j is %s', (changes, state) => {
    expect(states(lagOf(changes))).toEqual([state])
  })
})

test('what is unknown is no number', () => {
  const [row] = lagRows([lagOf({ known: false, committedOffset: null })], [], config)
  expect(row).toMatchObject({ end: null, committed: null, lag: null, age_ms: null })
})

test('the table is in order, aligned, and says what the alerts say', () => {
  const rows = lagRows(
    [
      lagOf({ partition: 10 }),
      lagOf({
        partition: 2,
        lag: 67_448,
        lagMs: 90_000,
        endOffset: 70_000,
        committedOffset: 2_552,
      }),
      lagOf({ group: 'gateway', topic: 'order.command', known: false, committedOffset: null }),
    ],
    [alertOf('LAG_STUCK', 'trading.account|trade.intent|2')],
    config,
  )
  expect(renderLag(rows).split('\n')).toEqual([
    'group            topic          part     end  committed     lag       age  state',
    'gateway          order.command     0       ?          ?       ?         -  unknown',
    'trading.account  trade.intent      2  70,000      2,552  67,448  1 m 30 s  stuck',
    'trading.account  trade.intent     10      10         10       0         -  ok',
    '',
    '3 partitions of groups, 2 are not well',
    'it is LAG_STUCK',
  ])
})
