// The codec of a broker's log: ids are the registry's. It asks the registry when it is opened and when it is told to learn,
// never while it encodes or decodes: what it knows once it knows for good, also while the registry is away.
import { CodecError, createCodec } from '../../schemas/codec.ts'
import type { Codec } from '../../schemas/codec.ts'
import { compatibilityOf } from '../../schemas/topic.ts'
import type { Topic, TopicName } from '../../schemas/topic.ts'
import { inParallel } from './in-parallel.ts'
import { createLearnedSchemas } from './learned-schemas.ts'
import { subjectOf } from './port.ts'
import type { SchemaRegistry } from './port.ts'
import { RegistryError } from './registry-error.ts'

export interface RegistryCodec extends Codec {
  /**
   * Asks for the schema of an id that `decode` called UNKNOWN_SCHEMA. `missing`: the registry has none, so whoever wrote
   * the record did not register. Rejects with a RegistryError; what is known already goes on working.
   */
  learn(topic: TopicName, id: number): Promise<'known' | 'missing'>
}

export interface RegistryCodecOptions {
  readonly registry: SchemaRegistry
  /** Topics that will be written or read; those that are never stored are left out by themselves. */
  readonly topics: readonly Topic[]
  /** Put before every topic's name. */
  readonly prefix: string
  /** Registers what is missing instead of refusing. */
  readonly autoRegister: boolean
}

/**
 * Looks every topic's schema up. Rejects with a RegistryError: NOT_FOUND with all subjects that lack today's schema,
 * INCOMPATIBLE when it may not be registered, or whatever keeps the registry from answering.
 */
export async function openRegistryCodec(options: RegistryCodecOptions): Promise<RegistryCodec> {
  const { registry, prefix, autoRegister } = options
  const topics = options.topics.filter((topic) => topic.kind !== 'clock')
  const texts = createCodec()
  const ids = new Map<TopicName, number>()
  const missing: string[] = []
  await inParallel(topics, async (topic) => {
    const subject = subjectOf(prefix, topic.name)
    const { text } = texts.writerSchema(topic.name)
    const found = autoRegister
      ? await registry.register(subject, text, compatibilityOf(topic))
      : await registry.find(subject, text)
    if (found === null) missing.push(subject)
    else ids.set(topic.name, found.id)
  })
  if (missing.length > 0) throw notRegistered(registry, missing)

  const learned = createLearnedSchemas(registry)
  const codec = createCodec(
    (_topic, id) => learned.text(id),
    (topic) => {
      const id = ids.get(topic)
      if (id !== undefined) return id
      throw new CodecError('UNKNOWN_SCHEMA', `${topic}: it was not opened with this codec`)
    },
  )
  return { ...codec, learn: (_topic, id) => learned.learn(id) }
}

function notRegistered(registry: SchemaRegistry, missing: readonly string[]): RegistryError {
  const subjects = [...missing].sort().join(', ')
  return new RegistryError(
    'NOT_FOUND',
    `schema registry ${registry.url}: expected today's schema under ${missing.length} subjects that lack it: ${subjects}; run \`quantum schemas register\``,
  )
}
