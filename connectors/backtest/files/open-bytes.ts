// The bytes of a market file in pieces, gunzipped where they are gzip, by plain calls that return when they are done.
// A backtest step is synchronous, so no promise may stand between two ticks; and no file is held whole unless it is small.
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { constants, gunzipSync } from 'node:zlib'
import type { ByteSource } from './byte-source.ts'
import { openInflatingThread } from './inflate-thread.ts'
import { MarketFileError } from './market-file-error.ts'

/** Up to this size a gzip file is inflated at once; a bigger one is inflated by a thread, piece by piece. */
const WHOLE_INFLATE_LIMIT_BYTES = 8 * 1024 * 1024
/** An archive that swells beyond this goes to the thread, however small it is. */
const WHOLE_INFLATED_LIMIT_BYTES = 256 * 1024 * 1024
const PIECE_BYTES = 256 * 1024
const PEEK_BYTES = 64 * 1024

/** Size of a file on disk. Throws MarketFileError when it is missing, no file, or empty. */
export function fileBytes(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false })
  const expected = 'a file with rows'
  if (stat === undefined) throw fault(file, 'a file', 'missing')
  if (!stat.isFile()) throw fault(file, expected, 'not a file')
  if (stat.size === 0) throw fault(file, expected, 'an empty file')
  return stat.size
}

/** Opens a file for reading from its start. Throws MarketFileError when it can't be read as CSV or gzip. */
export function openBytes(
  file: string,
  wholeLimitBytes: number = WHOLE_INFLATE_LIMIT_BYTES,
): ByteSource {
  const sizeBytes = fileBytes(file)
  if (!isGzip(file)) return openPlain(file)
  if (sizeBytes > wholeLimitBytes) return openInflatingThread(file)
  return openWhole(file, sizeBytes) ?? openInflatingThread(file)
}

/** The beginning of a file, inflated, and whether that is all of it. */
export function peekBytes(file: string): { head: Buffer; whole: boolean } {
  const sizeBytes = fileBytes(file)
  const start = readStart(file, PEEK_BYTES)
  const whole = sizeBytes <= PEEK_BYTES
  return { head: isGzip(file) ? inflateSoFar(file, start) : start, whole }
}

/** By the first bytes, and a file named .gz must have them. */
function isGzip(file: string): boolean {
  const [first, second] = readStart(file, 2)
  if (first === 0x1f && second === 0x8b) return true
  if (/\.gz$/i.test(file)) {
    const value = `bytes ${hex(first)} ${hex(second)}`
    throw fault(file, 'gzip (bytes 1f 8b), as the name says', value)
  }
  if (first === 0x50 && second === 0x4b) throw fault(file, 'CSV or gzip', 'a zip archive: unzip it')
  return false
}

function readStart(file: string, lengthBytes: number): Buffer {
  const handle = openSync(file, 'r')
  try {
    const start = Buffer.allocUnsafe(lengthBytes)
    return start.subarray(0, readSync(handle, start, 0, lengthBytes, 0))
  } finally {
    closeSync(handle)
  }
}

/** A sync flush as the last one gives what there is of a cut stream instead of an error. */
function inflateSoFar(file: string, start: Buffer): Buffer {
  try {
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    throw fault(file, 'a gzip stream', describe(error))
  }
}

function openPlain(file: string): ByteSource {
  const handle = openSync(file, 'r')
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  let open = true
  let readBytes = 0
  return {
    read() {
      const length = readSync(handle, piece, 0, PIECE_BYTES, null)
      readBytes += length
      return length === 0 ? null : piece.subarray(0, length)
    },
    bytesRead: () => readBytes,
    close() {
      if (open) closeSync(handle)
      open = false
    },
  }
}

/** Null when the archive swells beyond the limit. */
function openWhole(file: string, sizeBytes: number): ByteSource | null {
  const inflated = inflateWhole(file)
  if (inflated === null) return null
  let at = 0
  return {
    read() {
      const piece = inflated.subarray(at, at + PIECE_BYTES)
      at += piece.length
      return piece.length === 0 ? null : piece
    },
    bytesRead: () => Math.round((sizeBytes * at) / Math.max(inflated.length, 1)),
    close: () => undefined,
  }
}

function inflateWhole(file: string): Buffer | null {
  const packed = readFileSync(file)
  try {
    return gunzipSync(packed, { maxOutputLength: WHOLE_INFLATED_LIMIT_BYTES })
  } catch (error) {
    if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE') return null
    throw fault(file, 'a whole gzip stream', describe(error), brokenLine(packed))
  }
}

/** The last line that can be read of a broken stream: there the file ends for a reader. 0 when nothing can be. */
function brokenLine(packed: Buffer): number {
  try {
    const options = {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: WHOLE_INFLATED_LIMIT_BYTES,
    }
    let lines = 1
    for (const byte of gunzipSync(packed, options)) if (byte === 10) lines += 1
    return lines
  } catch {
    // Only the place is unknown then; the fault itself is thrown by the caller.
    return 0
  }
}

function fault(file: string, expected: string, value: string, line = 0): MarketFileError {
  return new MarketFileError({ file, line, column: '', value, expected })
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function hex(byte: number | undefined): string {
  return byte === undefined ? 'none' : byte.toString(16).padStart(2, '0')
}
