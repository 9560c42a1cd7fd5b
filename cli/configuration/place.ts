// Where a configuration's log is, in words: a path, or brokers.
import type { Config } from '../../schemas/config.ts'

/** Which log a configuration names, for people. */
export function placeOf({ runtime, log, kafka }: Config): string {
  if (runtime === 'embedded') return log.path
  const prefix = kafka.topic_prefix === '' ? '' : ` (prefix ${kafka.topic_prefix})`
  return `${kafka.brokers.join(',')}${prefix}`
}
