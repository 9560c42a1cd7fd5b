import avsc from 'avsc'
import { describe, expect, test } from 'vitest'
import { bufferFull, compileEncoder, invalidValue } from '../../schemas/encoder.ts'
import { readSchemas } from '../../schemas/read.ts'
import type { AvroSchema } from '../../schemas/read.ts'
import { randomOf, sampleOf } from '../kit/schema-samples.ts'

const buffer = Buffer.alloc(1 << 20)
const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)

describe('encoder', () => {
  test.each([...readSchemas()])(
    '%s is written byte for byte as avsc writes it',
    (_topic, schema) => {
      const encode = compileEncoder(schema)
      const type = avsc.Type.forSchema(schema as avsc.Schema)
      const random = randomOf(7)
      for (let i = 0; i < 60; i++) {
        const value = sampleOf(schema, random)
        const end = encode(value, buffer, view, 3)
        expect(buffer.subarray(3, end).equals(type.toBuffer(value))).toBe(true)
      }
    },
  )

  const record: AvroSchema = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'at_ms', type: 'long' },
      { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
      { name: 'flag', type: 'boolean' },
      { name: 'money', type: { type: 'string', logicalType: 'decimal-string' } },
      { name: 'list', type: { type: 'array', items: 'string' } },
      { name: 'maybe', type: ['null', 'double'] },
    ],
  }
  const good = { at_ms: 1, side: 'BUY', flag: true, money: '1.5', list: ['a'], maybe: null }
  const encode = compileEncoder(record)

  test.each([
    ['a fraction as long', { at_ms: 1.5 }],
    ['a long beyond 2^53', { at_ms: 2 ** 60 }],
    ['a symbol that does not exist', { side: 'HOLD' }],
    ['a name from the prototype as symbol', { side: 'constructor' }],
    ['a missing boolean', { flag: undefined }],
    ['a number as boolean', { flag: 1 }],
    ['money as a number', { money: 1.5 }],
    ['money as NaN', { money: 'NaN' }],
    ['a text for a list', { list: 'abc' }],
    ['an undefined optional', { maybe: undefined }],
  ])('%s is refused', (_name, change) => {
    expect(() => encode({ ...good, ...change }, buffer, view, 0)).toThrow(invalidValue)
  })

  test.each([...readSchemas()])(
    '%s in a buffer of any smaller size is reported as full, never overrun',
    (_topic, schema) => {
      const encode = compileEncoder(schema)
      const random = randomOf(11)
      for (let i = 0; i < 4; i++) {
        const value = sampleOf(schema, random)
        const end = encode(value, buffer, view, 0)
        for (let size = Math.max(0, end - 400); size < end; size++) {
          const small = Buffer.alloc(size)
          const run = (): number =>
            encode(value, small, new DataView(small.buffer, small.byteOffset, size), 0)
          expect(run, `${String(size)} of ${String(end)} bytes`).toThrow(bufferFull)
        }
      }
    },
  )
})
