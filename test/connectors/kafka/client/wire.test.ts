// Numbers, strings and lists on the wire.
import { describe, expect, test } from 'vitest'
import { wireReader, wireWriter } from '../../../../connectors/kafka/client/wire.ts'

describe('the wire', () => {
  test('reads what it wrote', () => {
    const writer = wireWriter(1)
      .int8(-1)
      .int16(-2)
      .int32(2 ** 31 - 1)
      .int64(-1)
      .int64(2 ** 53 - 1)
      .int64(2n ** 62n)
      .boolean(true)
      .string('värde')
      .nullableString(null)
      .bytes(Buffer.from([1, 2]))
    writer.list(['a', 'b'], (text) => writer.string(text))
    writer.compactString('å'.repeat(100))
    writer.compactList([1, 2, 3], (number) => writer.int32(number)).tags()
    const reader = wireReader(writer.raw(Buffer.from([9])).finish())
    expect([reader.int8(), reader.int16(), reader.int32()]).toEqual([-1, -2, 2 ** 31 - 1])
    expect([reader.int64(), reader.int64(), reader.bigInt64()]).toEqual([
      -1,
      2 ** 53 - 1,
      2n ** 62n,
    ])
    expect([reader.boolean(), reader.string(), reader.nullableString()]).toEqual([
      true,
      'värde',
      null,
    ])
    expect([...reader.bytes()]).toEqual([1, 2])
    expect(reader.list(() => reader.string())).toEqual(['a', 'b'])
    expect(reader.compactString()).toBe('å'.repeat(100))
    expect(reader.compactList(() => reader.int32())).toEqual([1, 2, 3])
    reader.tags()
    expect(reader.int8()).toBe(9)
  })

  test('passes over tagged fields that it does not know', () => {
    const reader = wireReader(Buffer.from([2, 0, 3, 7, 7, 7, 1, 1, 8, 5]))
    reader.tags()
    expect(reader.int8()).toBe(5)
  })

  test('takes a missing list, string or bytes for none', () => {
    const reader = wireReader(Buffer.from([255, 255, 255, 255, 0, 255, 255, 255, 255]))
    expect(reader.list(() => reader.int8())).toEqual([])
    expect(reader.nullableCompactString()).toBe(null)
    expect(reader.bytes()).toHaveLength(0)
  })

  test.for([
    ['an integer', [1, 2, 3], (buffer: Buffer) => wireReader(buffer).int32()],
    ['a string', [0, 5, 65], (buffer: Buffer) => wireReader(buffer).string()],
    ['a number of bytes', [255, 255, 255, 255, 255, 1], (b: Buffer) => wireReader(b).tags()],
  ] as const)('refuses an answer that ends within %s', ([, bytes, read]) => {
    expect(() => read(Buffer.from(bytes))).toThrow(RangeError)
  })
})
