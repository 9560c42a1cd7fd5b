// The schemas that records were written with, so that records of an older program can still be read.
import type { DatabaseSync } from 'node:sqlite'
import { createCodec } from '../../schemas/codec.ts'
import type { Codec } from '../../schemas/codec.ts'
import type { Topic } from '../../schemas/topic.ts'

/** A codec that finds the schemas of other writers in the log. */
export function createLogCodec(db: DatabaseSync): Codec {
  const find = db.prepare('SELECT text FROM schemas WHERE topic = ? AND id = ?')
  return createCodec((topic, id) => (find.get(topic, id) as { text: string } | undefined)?.text)
}

/** Makes the schemas known that this program writes with; inside a transaction. */
export function registerSchemas(db: DatabaseSync, codec: Codec, topics: readonly Topic[]): void {
  const insert = db.prepare('INSERT INTO schemas VALUES(?, ?, ?) ON CONFLICT DO NOTHING')
  for (const { name } of topics) {
    const { id, text } = codec.writerSchema(name)
    insert.run(name, id, text)
  }
}
