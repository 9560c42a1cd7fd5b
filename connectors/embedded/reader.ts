// A look into a log from outside, while its owner runs or not. It never writes, and each read is short, so that the
// owner's checkpoints are not held up.
import type { Topic } from '../../schemas/topic.ts'
import type { Lag, ReadRange, StoredRecord } from '../runtime.ts'
import { metaOf, openExisting } from './file.ts'
import type { Head } from './heads.ts'
import { loadHeads } from './heads.ts'
import { naming } from './log-error.ts'
import { lags } from './observe.ts'
import { loadPositions } from './positions.ts'
import { createRead, decodeRow } from './read.ts'
import { createLogCodec } from './schema-texts.ts'

export interface LogReader {
  /** What was decided when the log was made: format_version, environment, market_partitions, account_partitions. */
  readonly meta: ReadonlyMap<string, string>
  /** Both ends of every partition, as they are now. */
  heads(): readonly Head[]
  read(topic: Topic, range?: ReadRange): StoredRecord[]
  /** Last value of each key; entries that can't be decoded have a fault. */
  latest(topic: Topic): StoredRecord[]
  /** How far each reader is behind, as committed. */
  lag(): Lag[]
  /** Changes whenever somebody has written. */
  version(): number
  close(): void
}

/** Opens a log for reading. Throws a LogError that names the file when there is none. */
export function openReader(path: string): LogReader {
  const db = openExisting(path, 'read')
  return naming(path, () => {
    const codec = createLogCodec(db)
    const reading = createRead(db, codec)
    const version = db.prepare('PRAGMA data_version')
    version.setReturnArrays(true)
    return {
      meta: metaOf(db),
      heads: () => loadHeads(db, path).all(),
      read: (topic, range) =>
        reading.range(topic, loadHeads(db, path).of(topic.name).length, range ?? {}),
      latest: (topic) =>
        reading
          .latest(topic.name)
          .map(({ partition, offset, at_ms: atMs, key, value }) =>
            decodeRow(codec, topic, [partition, offset, 0, atMs, key, value]),
          ),
      lag() {
        const heads = loadHeads(db, path)
        return lags({ heads, positions: loadPositions(db, heads), declared: [], reads: () => true })
      },
      version: () => (version.get() as unknown as [number])[0],
      close: () => {
        db.close()
      },
    }
  })
}
