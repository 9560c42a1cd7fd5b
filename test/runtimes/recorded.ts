// Everything that lies in a log, by topic, read from outside.
import type { LogReader } from '../../connectors/log-reader.ts'
import type { StoredRecord } from '../../connectors/runtime.ts'
import type { Topic, TopicName } from '../../schemas/topic.ts'
import type { ValueOf } from '../../topologies/kernel/topic.ts'
import type { Recorded } from '../kit/adding-up.ts'

const everything = Number.MAX_SAFE_INTEGER

/** All records of these topics, as they lie there. */
export async function recordsBy(
  reader: Pick<LogReader, 'read'>,
  topics: readonly Topic[],
): Promise<ReadonlyMap<TopicName, readonly StoredRecord[]>> {
  const all = new Map<TopicName, readonly StoredRecord[]>()
  for (const topic of topics) all.set(topic.name, await reader.read(topic, { limit: everything }))
  return all
}

/** Their values, without tombstones. A record that can't be decoded is an error. */
export async function recordedBy(
  reader: Pick<LogReader, 'read'>,
  topics: readonly Topic[],
): Promise<Recorded> {
  const all = await recordsBy(reader, topics)
  for (const [name, records] of all)
    for (const { offset, fault } of records)
      if (fault !== null) throw new Error(`${name} offset ${offset}: ${fault.detail}`)
  return {
    of: <T extends Topic>(topic: T) =>
      (all.get(topic.name) ?? []).flatMap(({ value }) => value ?? []) as ValueOf<T>[],
  }
}
