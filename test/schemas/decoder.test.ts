// The decoder against avsc: records come back as avsc reads them, and of damaged bytes neither makes what the other refuses.
import { createRequire } from 'node:module'
import avsc from 'avsc'
import { beforeAll, describe, expect, test } from 'vitest'
import { avroTypeOf } from '../../schemas/codec.ts'
import { compileDecoder } from '../../schemas/decoder.ts'
import { compileEncoder } from '../../schemas/encoder.ts'
import { readSchemas } from '../../schemas/read.ts'
import type { AvroSchema } from '../../schemas/read.ts'
import { randomOf, sampleOf } from '../kit/schema-samples.ts'

const buffer = Buffer.alloc(1 << 20)
const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)

interface Tap {
  readonly pos: number
  readonly buf: Buffer
  [read: string]: unknown
}

/** avsc goes on behind the end and looks at it last: with a damaged count that would be never. */
beforeAll(() => {
  const { Tap } = createRequire(import.meta.url)('avsc/lib/utils') as { Tap: { prototype: Tap } }
  for (const name of ['readInt', 'readLong', 'readBoolean', 'readDouble', 'readString']) {
    const read = Tap.prototype[name] as () => unknown
    Tap.prototype[name] = function (this: Tap) {
      if (this.pos > this.buf.length) throw new Error('behind the end')
      return read.call(this)
    }
  }
})

/** A value that avsc reads and that we could write again, or null. */
function peerOf(schema: AvroSchema): (bytes: Buffer) => { value: unknown } | null {
  const type = avroTypeOf(schema)
  const encode = compileEncoder(schema)
  const spare = Buffer.alloc(1 << 16)
  const spareView = new DataView(spare.buffer)
  return (bytes) => {
    try {
      const decoded: { value: unknown; offset: number } = type.decode(bytes, 0)
      if (decoded.offset !== bytes.length) return null
      const value: unknown = structuredClone(decoded.value)
      encode(value, spare, spareView, 0)
      return { value }
    } catch {
      return null
    }
  }
}

function attempt(decode: () => unknown): { value: unknown } | null {
  try {
    return { value: decode() }
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toMatch(/^expected /)
    return null
  }
}

describe.each([...readSchemas()])('%s', (_topic, schema) => {
  const decode = compileDecoder(schema)
  const encode = compileEncoder(schema)
  const peer = peerOf(schema)
  const written = (random: () => number): Buffer =>
    Buffer.from(buffer.subarray(0, encode(sampleOf(schema, random), buffer, view, 0)))

  test('a record comes back as avsc reads it, in the order of the schema', () => {
    const random = randomOf(7)
    for (let i = 0; i < 60; i++) {
      const value = sampleOf(schema, random)
      const bytes = buffer.subarray(3, encode(value, buffer, view, 3))
      const decoded = decode(buffer.subarray(0, 3 + bytes.length), 3)
      expect(decoded).toStrictEqual(value)
      expect(decoded).toStrictEqual(peer(bytes)!.value)
      expect(JSON.stringify(decoded)).toBe(JSON.stringify(value))
    }
  })

  test('a record that is cut anywhere is refused, though the rest lies behind it', () => {
    const random = randomOf(11)
    for (let i = 0; i < 4; i++) {
      const bytes = written(random)
      for (let size = Math.max(0, bytes.length - 250); size < bytes.length; size++)
        expect(() => decode(bytes.subarray(0, size), 0)).toThrow('expected ')
      expect(() => decode(Buffer.concat([bytes, Buffer.alloc(1)]), 0)).toThrow('expected a record')
    }
  })

  test('a record with damaged bits is read as avsc reads it, or refused by both', () => {
    const random = randomOf(13)
    const below = (n: number): number => Math.floor(random() * n)
    for (let i = 0; i < 150; i++) {
      const bytes = written(random)
      const near = below(2) === 0 ? bytes.length : Math.min(bytes.length, 120)
      for (let flips = 1 + below(3); flips > 0; flips--) bytes[below(near)]! ^= 1 << below(8)
      const damaged = bytes.subarray(0, below(4) === 0 ? below(bytes.length) : bytes.length)
      const ours = attempt(() => decode(damaged, 0))
      const theirs = peer(damaged)
      // avsc rounds -2^52 - 1, and takes it for 2^52.
      if (ours === null && JSON.stringify(theirs).includes(String(2 ** 52))) continue
      expect(ours, damaged.toString('hex').slice(0, 2_000)).toStrictEqual(theirs)
    }
  })
})

describe('decoder', () => {
  const only = (type: AvroSchema['type'] | AvroSchema | (string | AvroSchema)[]): AvroSchema => ({
    type: 'record',
    name: 'R',
    fields: [{ name: 'field', type }],
  })
  const list: AvroSchema = { type: 'array', items: 'long' }
  const side: AvroSchema = { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] }
  const money: AvroSchema = { type: 'string', logicalType: 'decimal-string' }
  const read = (type: Parameters<typeof only>[0], bytes: readonly number[] | Buffer): unknown => {
    const value = compileDecoder(only(type))(Buffer.from(bytes), 0) as { field: unknown }
    return value.field
  }
  const long = (value: number): Buffer => avsc.Type.forSchema('long').toBuffer(value)
  const texts = (value: string): Buffer => avsc.Type.forSchema('string').toBuffer(value)

  test.each([
    ['a text of negative length', 'string', [1], 'expected a length of 0 or more at 0, was -1'],
    ['a text of 2^40 bytes', 'string', long(2 ** 40), 'expected 1099511627776 more bytes at 6'],
    ['a list of 2^40 items', list, long(2 ** 40), 'expected at most 0 items'],
    ['a list of -2^40 items', list, [...long(-(2 ** 40)), 2, 2], 'expected at most 1 items'],
    ['a list without its end', list, [2, 2], 'expected 1 more bytes at 2, was 0'],
    ['a branch that is not there', ['null', 'long'], [4], 'branch 0 or 1 of a union, was 2'],
    ['a branch before the first', ['null', 'long'], [1], 'branch 0 or 1 of a union, was -1'],
    ['a symbol that is not there', side, [4], 'the index of a symbol of Side, was 2'],
    ['a symbol before the first', side, [1], 'the index of a symbol of Side, was -1'],
    ['a symbol far away', side, long(2 ** 45), 'of Side, was 35184372088832'],
    ['a long beyond 2^53', 'long', [...Array<number>(9).fill(255), 1], 'within 2^52 of 0'],
    ['a number without an end', 'long', Array<number>(40).fill(128), 'at most 10 bytes at 0'],
    ['an int of 33 bits', 'int', long(2 ** 31), 'of 32 bits, was 2147483648'],
    ['a double of seven bytes', 'double', [1, 2, 3, 4, 5, 6, 7], 'expected 8 more bytes at 0'],
    ['a number that is cut', 'long', [128], 'expected 1 more bytes at 1, was 0'],
    ['a text that is cut', 'string', [4, 65], 'expected 2 more bytes at 1, was 1'],
    ['a text without its length', 'string', [], 'expected 1 more bytes at 0, was 0'],
    ['nothing', 'boolean', [], 'expected 1 more bytes at 0, was 0'],
  ] as const)('%s is refused', (_name, type, bytes, text) => {
    expect(() => read(type as never, bytes)).toThrow(text)
  })

  test.each(['', '-', '.', '1.', '.5', '1.5.', '-1.2-', '+1', '1e5', ' 1', '1 ', 'NaN', '١'])(
    'the amount "%s" is refused',
    (text) => {
      expect(() => read(money, texts(text))).toThrow('expected a decimal number, was "')
    },
  )

  test('a damaged amount of any length is told by its beginning', () => {
    expect(() => read(money, texts('9x'.repeat(30_000)))).toThrow(/was "(9x){20}"$/)
  })

  test('longs are read exactly up to 2^52, where the encoder ends', () => {
    for (const value of [2 ** 52, -(2 ** 52), 2 ** 52 - 1, 1 - 2 ** 52])
      expect(read('long', long(value))).toBe(value)
    for (const value of [2 ** 52 + 1, 2 ** 53 - 2])
      expect(() => read('long', long(value))).toThrow('expected a number within 2^52 of 0')
  })

  test('a list in several blocks, some with their size, is read whole', () => {
    const bytes = Buffer.from([2, 2, 3, 144, 3, 4, 6, 2, 8, 0])
    expect(read(list, bytes)).toStrictEqual([1, 2, 3, 4])
    expect(avsc.Type.forSchema(list as avsc.Schema).fromBuffer(bytes)).toEqual([1, 2, 3, 4])
  })

  test('a text is never mistaken for the one of the record before', () => {
    const decode = compileDecoder(only('string'))
    const inTurn = [
      'BTCUSDT',
      'BTCUSDC',
      'BTCUSDC',
      '',
      'é',
      'Ã©',
      'aé',
      'abc',
      'x'.repeat(12),
      'é',
    ]
    for (const text of inTurn) expect(decode(texts(text), 0)).toStrictEqual({ field: text })
    expect(decode(Buffer.from([2, 0xe9]), 0)).toStrictEqual({ field: '\ufffd' })
    expect(decode(Buffer.from([6, 0xef, 0xbf, 0xbd]), 0)).toStrictEqual({ field: '\ufffd' })
  })

  test('an amount is never mistaken for the one of the record before', () => {
    const decode = compileDecoder(only(money))
    for (const text of ['0', '0', '1.5', '1.6', '1.6', '-1.6', '123456789.123456789', '1.5'])
      expect(decode(texts(text), 0)).toStrictEqual({ field: text })
    for (const text of ['1x5', '', '1.5.', 'é'])
      expect(() => decode(texts(text), 0)).toThrow('expected a decimal number')
    expect(decode(texts('1.5'), 0)).toStrictEqual({ field: '1.5' })
  })

  test('records that lie in different memory are each read from their own', () => {
    const decode = compileDecoder(only('double'))
    const at = (value: number, start: number): Buffer => {
      const bytes = Buffer.alloc(start + 8)
      bytes.writeDoubleLE(value, start)
      return bytes
    }
    const [left, right] = [at(1.5, 9), at(2.5, 3)]
    for (const [bytes, start, value] of [[left, 9, 1.5] as const, [right, 3, 2.5] as const])
      for (let i = 0; i < 2; i++) expect(decode(bytes, start)).toEqual({ field: value })
    expect(decode(left.subarray(5), 4)).toEqual({ field: 1.5 })
  })

  test.each(['map', 'bytes', 'float', 'fixed'])(
    'a schema with %s, which the encoder does not know either, is refused',
    (type) => {
      expect(() => compileDecoder(only({ type }))).toThrow(`type ${type} is not supported`)
      expect(() => compileEncoder(only({ type }))).toThrow(`type ${type} is not supported`)
    },
  )
})
