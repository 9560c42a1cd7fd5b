// Codecs of record batches, for reading what others compressed. Bounded, since a few bytes can unpack to gigabytes.
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { unpackLz4 } from './lz4.ts'
import { unpackSnappy } from './snappy.ts'

/** Unpacked records of one batch; brokers take batches of about 1 MB, packed. */
const maxUnpackedBytes = 256 * 2 ** 20

/** By the number in the attributes of a batch. */
export const codecNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** Throws what the library throws for bytes that are not of this codec, or above the limit. */
export function decompress(codec: number, bytes: Buffer): Buffer {
  const name = codecNames[codec]
  if (name === undefined)
    throw new RangeError(`expected a codec from 0 to ${codecNames.length - 1}, was ${codec}`)
  switch (name) {
    case 'none':
      return bytes
    case 'gzip':
      return gunzipSync(bytes, { maxOutputLength: maxUnpackedBytes })
    case 'snappy':
      return unpackSnappy(bytes, maxUnpackedBytes)
    case 'lz4':
      return unpackLz4(bytes, maxUnpackedBytes)
    case 'zstd':
      return zstdDecompressSync(bytes, { maxOutputLength: maxUnpackedBytes })
  }
}
