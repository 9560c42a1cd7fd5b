// Schemas that the registry was asked for, by id. An id means the same for ever, so what is known is never asked for again.
import type { SchemaRegistry } from './port.ts'

export interface LearnedSchemas {
  /** Undefined for what was not learned. */
  text(id: number): string | undefined
  /** Asks, once for all who want it at the same time. What is missing may be asked for again: it may be registered later. */
  learn(id: number): Promise<'known' | 'missing'>
}

export function createLearnedSchemas(registry: Pick<SchemaRegistry, 'schema'>): LearnedSchemas {
  const texts = new Map<number, string>()
  const asked = new Map<number, Promise<'known' | 'missing'>>()
  const ask = async (id: number): Promise<'known' | 'missing'> => {
    const text = await registry.schema(id)
    if (text === null) return 'missing'
    texts.set(id, text)
    return 'known'
  }
  return {
    text: (id) => texts.get(id),
    async learn(id) {
      if (texts.has(id)) return 'known'
      const pending = asked.get(id) ?? ask(id).finally(() => asked.delete(id))
      asked.set(id, pending)
      return pending
    },
  }
}
