import { describe, expect, test } from 'vitest'
import { CodecError, createCodec } from '../../schemas/codec.ts'
import type { ClockTick, SafeModeCommand } from '../../schemas/types.gen.ts'
import { send } from '../../topologies/leave/exit-under-way.ts'
import { closeAll } from '../../topologies/leave/rules/rule.ts'
import { watch } from '../../topologies/leave/watched-position.ts'
import { planOf } from '../kit/exit-venue.ts'
import { testConfig } from '../kit/given.ts'

const codec = createCodec()
const command: SafeModeCommand = {
  account: 'main',
  active: true,
  trigger: 'OPERATOR',
  reason: 'maintenance',
  actor: 'operator',
  at_ms: 1_700_000_000_000,
}

const faultOf = (action: () => unknown): { fault: string; message: string } => {
  try {
    action()
  } catch (error) {
    if (error instanceof CodecError) return { fault: error.fault, message: error.message }
    throw error
  }
  throw new Error('expected a CodecError, was none')
}

describe('codec', () => {
  test('a record comes back as a plain object equal to what went in', () => {
    const decoded = codec.decode('safe_mode.command', codec.encode('safe_mode.command', command))
    expect(decoded).toStrictEqual(command)
  })

  test('nested records and arrays come back as plain objects', () => {
    const policy = {
      account: 'main',
      version: '1',
      updates: 2,
      cells: [{ state_key: 'TREND', count: 2, mean_reward_r: 0.5, m2_reward_r: 0.1 }],
      updated_at_ms: 5,
    }
    expect(codec.decode('rl.policy', codec.encode('rl.policy', policy))).toStrictEqual(policy)
  })

  test('a record that may be null comes back as a plain object, or as null', () => {
    const watched = planOf('LONG')
    const [position] = watch(watched, { config: testConfig(), instrument: undefined })
    const state = {
      ...{ symbol: 'BTCUSDT', positions: [position] },
      ...{ silent_since_ms: null, unpriced_since_ms: null, unpriced_clock_at_ms: null },
    }
    const again = () =>
      codec.decode('exit_brain.changelog', codec.encode('exit_brain.changelog', state))
    expect(again()).toStrictEqual(state)
    const hit = closeAll('STOP', 'HIGH', '990')
    send(position, hit, { nowMs: 5, followUpMs: 2_000 })
    expect(position.under_way).not.toBeNull()
    expect(again()).toStrictEqual(state)
  })

  test('a record larger than the shared buffer is encoded whole', () => {
    const long = { ...command, reason: 'x'.repeat(300_000) }
    expect(
      codec.decode('safe_mode.command', codec.encode('safe_mode.command', long)),
    ).toStrictEqual(long)
  })

  test('encoding into a full buffer says so instead of cutting', () => {
    expect(codec.encodeInto('safe_mode.command', command, Buffer.alloc(20), 0)).toBe(-1)
    expect(codec.encodeInto('safe_mode.command', command, Buffer.alloc(20), 18)).toBe(-1)
  })

  test('a missing boolean cannot be encoded, and the error names the field', () => {
    const { active: _active, ...without } = command
    expect(faultOf(() => codec.encode('safe_mode.command', without))).toEqual({
      fault: 'UNENCODABLE',
      message: expect.stringContaining('active: expected') as string,
    })
  })

  test.each(['NaN', '1e5', '', '1,5', ' 1', '+1', 'Infinity'])(
    'money written as "%s" cannot be encoded',
    (text) => {
      const funding = {
        funding_id: 'f',
        account: 'main',
        symbol: 'BTCUSDT',
        venue: 'binance',
        environment: 'PAPER',
        amount_usd: text,
        rate: 0.0001,
        quantity: '1',
        mark_price: '1',
        venue_at_ms: 1,
        venue_sequence: 1,
      }
      expect(faultOf(() => codec.encode('funding.paid', funding)).message).toContain('amount_usd')
    },
  )

  test('bytes of no schema, a truncated record and trailing bytes are undecodable', () => {
    const bytes = codec.encode('safe_mode.command', command)
    expect(faultOf(() => codec.decode('safe_mode.command', Buffer.from('hello'))).fault).toBe(
      'UNDECODABLE',
    )
    expect(faultOf(() => codec.decode('safe_mode.command', bytes.subarray(0, 12))).fault).toBe(
      'UNDECODABLE',
    )
    expect(
      faultOf(() => codec.decode('safe_mode.command', Buffer.concat([bytes, bytes]))).fault,
    ).toBe('UNDECODABLE')
  })

  test('what is wrong with bytes is said with the topic and the reason', () => {
    const bytes = codec.encode('safe_mode.command', command)
    const messageOf = (damaged: Buffer): string =>
      faultOf(() => codec.decode('safe_mode.command', damaged)).message
    expect(messageOf(bytes.subarray(0, 12))).toBe(
      'safe_mode.command: expected 1 more bytes at 12, was 0',
    )
    expect(messageOf(Buffer.concat([bytes, bytes]))).toBe(
      `safe_mode.command: expected a record of ${bytes.length} bytes, was ${2 * bytes.length}`,
    )
  })

  test('bytes of a database, which are no Buffer, are read as well', () => {
    const bytes = codec.encode('safe_mode.command', command)
    const rows = new Uint8Array(9 + bytes.length)
    rows.set(bytes, 9)
    expect(codec.decode('safe_mode.command', rows.subarray(9))).toStrictEqual(command)
  })

  test('an unknown schema id is its own fault', () => {
    const bytes = codec.encode('safe_mode.command', command)
    bytes.writeInt32BE(7, 1)
    expect(faultOf(() => codec.decode('safe_mode.command', bytes))).toMatchObject({
      fault: 'UNKNOWN_SCHEMA',
    })
  })

  test('records are written under the id that a registry gave to their topic', () => {
    const registered = createCodec(
      () => undefined,
      (topic) => (topic === 'safe_mode.command' ? 4711 : undefined),
    )
    const bytes = registered.encode('safe_mode.command', command)
    expect(bytes.readInt32BE(1)).toBe(4711)
    expect(registered.writerSchema('safe_mode.command').id).toBe(4711)
    expect(registered.decode('safe_mode.command', bytes)).toStrictEqual(command)
    expect(registered.writerSchema('clock.tick').id).toBe(codec.writerSchema('clock.tick').id)
  })

  test('a record written with an older schema is read with today’s', () => {
    const older = {
      type: 'record',
      name: 'ClockTick',
      namespace: 'quantum.trader',
      fields: [{ name: 'at_ms', type: 'int' }],
    }
    const aged = createCodec((_topic, id) => (id === 77 ? JSON.stringify(older) : undefined))
    const bytes = Buffer.from([0, 0, 0, 0, 77, 10])
    expect(aged.decode('clock.tick', bytes)).toStrictEqual({ at_ms: 5 } satisfies ClockTick)
  })
})
