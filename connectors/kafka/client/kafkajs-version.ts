// The client stands on internals of one version of kafkajs, so another version must not start.
import { createRequire } from 'node:module'
import { KafkaError } from './kafka-error.ts'

const expected = '2.2.4'

/** Throws a KafkaError CONFIGURATION unless the installed kafkajs is the one whose internals are used. */
export function assertKafkajsVersion(found: string = installedVersion()): void {
  if (found !== expected)
    throw new KafkaError('CONFIGURATION', `expected kafkajs ${expected}, was ${found}`)
}

function installedVersion(): string {
  const { version } = createRequire(import.meta.url)('kafkajs/package.json') as { version: string }
  return version
}
