// The checksum of record batches: published values, and every alignment and length.
import fc from 'fast-check'
import kafkajsCrc32C from 'kafkajs/src/protocol/recordBatch/crc32C/index.js'
import { describe, expect, test } from 'vitest'
import { crc32c } from '../../../../connectors/kafka/client/crc32c.ts'

const counting = Uint8Array.from({ length: 32 }, (_, i) => i)

describe('CRC-32C', () => {
  test.each([
    ['nothing', new Uint8Array(), 0],
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['32 bytes of 0 (RFC 3720, B.4)', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of 255 (RFC 3720, B.4)', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['0 to 31 (RFC 3720, B.4)', counting, 0x46dd794e],
    ['31 to 0 (RFC 3720, B.4)', counting.toReversed(), 0x113fdb5c],
  ])('of %s is the published value', (_name, bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum)
  })

  test('is the same for any begin and end in memory', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(40), fc.nat(40), (bytes, skip, cut) => {
        const start = Math.min(skip, bytes.length)
        const end = Math.max(start, bytes.length - cut)
        const expected = kafkajsCrc32C(Buffer.from(bytes.slice(start, end)))
        expect(crc32c(bytes, start, end)).toBe(expected)
        expect(crc32c(bytes.subarray(start, end))).toBe(expected)
      }),
    )
  })
})
