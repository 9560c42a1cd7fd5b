// Decodes what anybody wrote, with whatever schemas the registry has. It asks for none beforehand, so it reads a log whose
// registry lacks today's schemas, and it can't write.
import { createCodec } from '../../schemas/codec.ts'
import type { LearningDecoder } from '../kafka/learning-codec.ts'
import { createLearnedSchemas } from './learned-schemas.ts'
import type { SchemaRegistry } from './port.ts'

export function createReadingCodec(registry: Pick<SchemaRegistry, 'schema'>): LearningDecoder {
  const learned = createLearnedSchemas(registry)
  const codec = createCodec((_topic, id) => learned.text(id))
  return {
    decode: (topic, bytes) => codec.decode(topic, bytes),
    learn: (_topic, id) => learned.learn(id),
  }
}
