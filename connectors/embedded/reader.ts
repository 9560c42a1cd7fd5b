// A look into an embedded log from outside, while its owner runs or not. It never writes, and each read is short, so that
// the owner's checkpoints are not held up.
import type { Environment } from '../../schemas/types.gen.ts'
import type { LogReader } from '../log-reader.ts'
import { metaOf, openExisting } from './file.ts'
import { loadHeads } from './heads.ts'
import { lags } from './observe.ts'
import { loadPositions } from './positions.ts'
import { createRead, decodeRow } from './read.ts'
import { createLogCodec } from './schema-texts.ts'
import { naming } from './sqlite-error.ts'

/** Opens a log for reading. Throws a LogError that names the file when there is none. */
export function openReader(path: string): LogReader {
  const db = openExisting(path, 'read')
  return naming(path, () => {
    const codec = createLogCodec(db)
    const reading = createRead(db, codec)
    const version = db.prepare('PRAGMA data_version')
    version.setReturnArrays(true)
    return {
      place: path,
      async meta() {
        const meta = metaOf(db)
        const count = (name: string): number => Number(meta.get(name))
        return {
          logId: meta.get('log_id') ?? null,
          environment: (meta.get('environment') ?? null) as Environment | null,
          partitions: { market: count('market_partitions'), account: count('account_partitions') },
        }
      },
      async ends(topics) {
        const names = new Set<string>(topics?.map((topic) => topic.name))
        const heads = loadHeads(db, path).all()
        return topics === undefined ? heads : heads.filter((head) => names.has(head.topic))
      },
      read: async (topic, range) =>
        reading.range(topic, loadHeads(db, path).of(topic.name).length, range ?? {}),
      latest: async (topic) =>
        reading
          .latest(topic.name)
          .map(({ partition, offset, at_ms: atMs, key, value }) =>
            decodeRow(codec, topic, [partition, offset, 0, atMs, key, value]),
          ),
      async lag(nowMs) {
        const heads = loadHeads(db, path)
        const positions = loadPositions(db, heads)
        const options = { heads, positions, read: reading, declared: [], reads: () => true }
        return lags(options, nowMs)
      },
      version: async () => String((version.get() as unknown as [number])[0]),
      async close() {
        db.close()
      },
    }
  })
}
