import { describe, expect, test } from 'vitest'
import { allParts, partsOf } from '../../../cli/up/parts.ts'
import type { Parts } from '../../../cli/up/parts.ts'
import { followStatus } from '../../../cli/up/status.ts'
import type { LogRecord } from '../../../topologies/kernel/topic.ts'
import { trading } from '../../../topologies/trading.ts'

async function lineOf(
  parts: Parts,
  records: readonly object[] = [],
  tables: Readonly<Record<string, object>> = {},
): Promise<string> {
  let commit: (records: readonly LogRecord[]) => void = () => undefined
  const status = await followStatus(
    {
      onCommit(listener) {
        commit = listener
        return () => undefined
      },
      table: async ({ name }) => new Map(name in tables ? [['main', tables[name]]] : []),
    },
    1_000,
    trading,
    parts,
  )
  commit(records as LogRecord[])
  return status.line(3_000)
}

describe('the status line', () => {
  test('counts what was committed', async () => {
    const line = await lineOf(allParts(trading), [
      { topic: 'exchange.tick', value: {} },
      { topic: 'exchange.tick', value: {} },
      { topic: 'trade.closed', value: { net_usd: '-1.5' } },
      { topic: 'portfolio.state', value: { known: true, equity_usd: '99.5', open_positions: 2 } },
      { topic: 'position.state', value: null },
    ])
    expect(line).toBe(
      '   2 s  ticks 2  signals 0  open 2  closed 1  net -1.50 USD  equity 99.50 USD  refused 0  safe mode unknown',
    )
  })

  test('begins with the state that an earlier run left', async () => {
    const tables = {
      'portfolio.state': { known: true, equity_usd: '7', open_positions: 1 },
      'safe_mode.state': { active: true },
    }
    const later = [{ topic: 'safe_mode.state', value: { active: false } }]
    const parts = partsOf('account', trading, 'redpanda')
    expect(await lineOf(parts, [], tables)).toBe(
      '   2 s  open 1  equity 7.00 USD  refused 0  safe mode ON',
    )
    expect(await lineOf(parts, later, tables)).toContain('safe mode off')
    expect(await lineOf(partsOf('market', trading, 'redpanda'), [], tables)).not.toContain('7.00')
  })

  test.each([
    ['gateway', '   2 s  ticks 0'],
    ['market', '   2 s  signals 0'],
    ['ops', '   2 s'],
  ])('of a process that runs %s alone shows nothing that others write', async (run, expected) => {
    const line = await lineOf(partsOf(run, trading, 'redpanda'))
    expect(line.startsWith(expected)).toBe(true)
    expect(line).not.toContain('equity')
  })
})
