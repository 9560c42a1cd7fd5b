// Unpacking what other producers packed. The packed texts were made with the reference tools: lz4 1.9.4 (command line) and
// snappy-java 1.1.10 (Kafka's own); packed.json holds them in base64.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codecNames, decompress } from '../../../../connectors/kafka/client/compression.ts'
import { unpackLz4 } from '../../../../connectors/kafka/client/lz4.ts'
import { unpackSnappy } from '../../../../connectors/kafka/client/snappy.ts'

const packedTexts = Object.entries(
  JSON.parse(readFileSync(join(import.meta.dirname, 'packed.json'), 'utf8')) as Record<
    string,
    string
  >,
).map(([name, base64]) => [name, Buffer.from(base64, 'base64')] as const)

const lines = Array.from(
  { length: 60 },
  (_, i) => `BTCUSDT bid ${(i * 7919) % 1000} ask ${(i * 104729) % 997}\n`,
).join('')
/** More than one block of 64 kB, most of it repeats that overlap themselves. */
const long = 'exit before entry, '.repeat(4_000) + lines

const limit = 1_000_000

function unpack(name: string, bytes: Buffer, limitBytes = limit): Buffer {
  return name.startsWith('lz4') ? unpackLz4(bytes, limitBytes) : unpackSnappy(bytes, limitBytes)
}

describe('unpacking', () => {
  test.each(packedTexts)('%s', (name, bytes) => {
    const text = unpack(name, bytes).toString()
    expect(text === lines || text === long).toBe(true)
    expect(text.length).toBe(/blocks|high/.test(name) ? long.length : lines.length)
  })

  test('goes by the number in the attributes', () => {
    const named = (name: string) => packedTexts.find(([packed]) => packed.startsWith(name))![1]
    const packed = {
      none: Buffer.from(lines),
      gzip: gzipSync(lines),
      snappy: named('snappy'),
      lz4: named('lz4'),
      zstd: zstdCompressSync(lines),
    }
    codecNames.forEach((name, codec) => {
      expect(decompress(codec, packed[name]).toString()).toBe(lines)
    })
    expect(() => decompress(7, packed.none)).toThrow('expected a codec from 0 to 4, was 7')
  })

  test('takes what can’t be packed', () => {
    const raw = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 167) % 256))
    // A frame with one block that says that it is not compressed; Snappy with one literal.
    const length = Buffer.alloc(4)
    length.writeUInt32LE(raw.length + 0x80000000)
    const frame = Buffer.concat([
      Buffer.from('04224d18604000', 'hex'),
      length,
      raw,
      Buffer.alloc(4),
    ])
    expect(unpackLz4(frame, limit).equals(raw)).toBe(true)
    const literal = Buffer.concat([Buffer.from([200, 1, 60 << 2, 199]), raw])
    expect(unpackSnappy(literal, limit).equals(raw)).toBe(true)
  })

  test.each(packedTexts)('%s, is bounded', (name, bytes) => {
    const { length } = unpack(name, bytes)
    expect(unpack(name, bytes, length).length).toBe(length)
    expect(() => unpack(name, bytes, length - 1)).toThrow(RangeError)
  })

  test.each(packedTexts)('%s, throws or ends for any damage', (name, bytes) => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const damaged = Buffer.from(bytes)
        damaged[at] = byte
        try {
          expect(unpack(name, cut ? damaged.subarray(0, at) : damaged).length).toBeLessThanOrEqual(
            limit,
          )
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })
})
