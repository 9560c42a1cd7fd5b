// Reads one partition to a known end, for restoring: done when the position is there, since what lies before the end may
// be a marker, an aborted record or nothing at all.
import type { Connections } from './connections.ts'
import { KafkaError } from './kafka-error.ts'
import type { Fetched, PartitionOffset } from './port.ts'
import { createSource } from './source.ts'
import type { SourceOptions } from './source.ts'

const defaultStalledMs = 30_000

export interface ReadUpToOptions extends SourceOptions {
  readonly stalledMs?: number
}

/**
 * Committed records at offsets from `from` up to and without `toOffset`. Rejects with a KafkaError: what a source faults,
 * or, when the position stands still for `stalledMs` (default 30 s), the trouble that it is due to, else FAILED.
 */
export async function readUpTo(
  connections: Connections,
  from: PartitionOffset,
  toOffset: number,
  onFetched: (fetched: Fetched) => void,
  { stalledMs = defaultStalledMs, ...options }: ReadUpToOptions = {},
): Promise<void> {
  if (from.offset >= toOffset) return
  const place = `${from.topic}/${from.partition}`
  let position = from.offset
  let lastStableOffset: number | null = null
  let trouble: KafkaError | null = null
  const { promise, resolve, reject } = Promise.withResolvers<void>()

  const stalled = (): void => {
    const end = lastStableOffset === null ? 'unknown' : String(lastStableOffset)
    const text = `${place}: expected to read up to offset ${toOffset}, stood still at ${position} for ${stalledMs} ms; last stable offset ${end}`
    reject(
      trouble === null
        ? new KafkaError('FAILED', text)
        : new KafkaError(trouble.fault, `${text}; ${trouble.message}`, trouble),
    )
  }
  let timer = setTimeout(stalled, stalledMs)

  const source = createSource(
    connections,
    {
      onFetched(fetched) {
        trouble = null
        lastStableOffset = fetched.lastStableOffset
        if (fetched.nextOffset > position) {
          clearTimeout(timer)
          timer = setTimeout(stalled, stalledMs)
        }
        position = fetched.nextOffset
        try {
          onFetched(cut(fetched, toOffset))
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
        if (position >= toOffset) resolve()
      },
      onFault: (_place, fault, detail) => reject(new KafkaError(fault, detail)),
    },
    {
      ...options,
      onTrouble(at, error) {
        trouble = error
        options.onTrouble?.(at, error)
      },
    },
  )
  source.assign(from)
  try {
    await promise
  } finally {
    clearTimeout(timer)
    await source.close()
  }
}

/** The last batch may go on behind the end. */
function cut(fetched: Fetched, toOffset: number): Fetched {
  if (fetched.nextOffset <= toOffset) return fetched
  const records = fetched.records.filter((record) => record.offset < toOffset)
  return { ...fetched, records, nextOffset: toOffset }
}
