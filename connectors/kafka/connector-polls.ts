// What connectors read: the records behind the position that their group has committed. They arrive by themselves; a poll
// takes what is there. The position moves only with a write that says so.
import type { Logger } from 'pino'
import { connectorNotes } from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import { partitionCount } from '../../topologies/kernel/topic.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import type { StoredRecord, Write } from '../runtime.ts'
import type { Fetched, Source } from './client/port.ts'
import { KafkaError } from './client/kafka-error.ts'
import { notedPositions } from './connector-notes.ts'
import { decodeWirePatiently } from './decode-wire.ts'
import { offsetsByPlace, placeName } from './tables.ts'
import type { TaskContext } from './task-context.ts'

export interface ConnectorPolls {
  /** The oldest records that the group has not consumed, at most `limit`; all that was committed before the call is seen. */
  poll(group: string, topic: Topic, limit: number): Promise<StoredRecord[]>
  /** The group is done with everything before these positions. */
  consumed(consumed: NonNullable<Write['consumed']>): void
  /** Records of this process: a poll after them waits until they have arrived. */
  appended(records: readonly LogRecord[]): void
  /**
   * Positions of groups that have consumed every record and stand before marks of transactions: committed, they leave no lag.
   */
  passed(): readonly NonNullable<Write['consumed']>[]
  /** Groups and topics that are polled here. */
  readers(): readonly { readonly group: string; readonly topic: Topic }[]
  close(): Promise<void>
}

export interface ConnectorPollsOptions {
  readonly context: TaskContext
  readonly logger: Logger
  /** Records that another process has committed. */
  readonly onArrived: (records: readonly LogRecord[]) => void
  readonly onFault: (error: KafkaError) => void
}

interface Partition {
  readonly waiting: StoredRecord[]
  /** First offset that the group has not consumed; -1 when it must be committed anew. */
  position: number
  /** First offset that has not arrived. */
  arrived: number
  /** What was appended here by this process lies before it. */
  expected: number
  decoded: Promise<void>
}

interface Reader {
  readonly group: string
  readonly topic: Topic
  readonly partitions: readonly Partition[]
  readonly source: Source
  moved: PromiseWithResolvers<void>
}

export function createConnectorPolls(options: ConnectorPollsOptions): ConnectorPolls {
  const { context } = options
  const { client, codec, names, partitions, logId } = context
  const readers = new Map<string, Promise<Reader>>()
  const opened: Reader[] = []
  let isClosed = false

  const open = async (group: string, topic: Topic): Promise<Reader> => {
    const name = names.topic(topic)
    const places = Array.from(
      { length: partitionCount(topic.domain, partitions) },
      (_, partition) => ({ topic: name, partition }),
    )
    // The end must be behind what this process has written already, or the first poll would miss it.
    await context.written.readable()
    const [noted, committed, starts, ends] = await Promise.all([
      notedPositions(client, codec, names.topic(connectorNotes), { group, topic, logId }),
      client.admin.committed(names.group(group), places).then(offsetsByPlace),
      client.admin.startOffsets(places).then(offsetsByPlace),
      client.admin.endOffsets(places, 'stable').then(offsetsByPlace),
    ])
    const source = client.source({
      onFetched: (fetched) => {
        arrive(reader, fetched)
      },
      onFault({ partition, offset }, fault, detail) {
        const text = `group ${group}: ${name} partition ${partition} offset ${offset}: ${detail}`
        options.onFault(new KafkaError(fault, text))
      },
    })
    const reader: Reader = {
      ...{ group, topic, source, moved: Promise.withResolvers<void>() },
      partitions: places.map((place) => {
        const at = placeName(name, place.partition)
        const known = committed.get(at) ?? noted(place.partition)
        const from = Math.max(known ?? 0, starts.get(at) ?? 0)
        const hasExpired = known !== undefined && !committed.has(at)
        return {
          ...{ waiting: [], position: hasExpired ? -1 : from, arrived: from },
          ...{ expected: ends.get(at) ?? 0, decoded: Promise.resolve() },
        }
      }),
    }
    opened.push(reader)
    for (const place of places)
      source.assign({ ...place, offset: reader.partitions[place.partition]!.arrived })
    return reader
  }
  const arrive = (reader: Reader, fetched: Fetched): void => {
    const { topic } = reader
    const onWait = (error: unknown): void => {
      if (isClosed) throw error
      options.logger.warn({ err: error, topic: topic.name }, 'a schema can not be had yet')
    }
    const own = reader.partitions[fetched.partition]!
    own.decoded = own.decoded.then(async () => {
      const foreign: LogRecord[] = []
      for (const wire of fetched.records) {
        if (wire.offset < own.arrived) continue
        const record = await decodeWirePatiently(codec, topic, fetched.partition, wire, onWait)
        own.waiting.push(record)
        if (wire.offset >= own.expected) foreign.push(record)
      }
      own.arrived = Math.max(own.arrived, fetched.nextOffset)
      reader.moved.resolve()
      reader.moved = Promise.withResolvers<void>()
      if (foreign.length > 0) options.onArrived(foreign)
    })
    own.decoded.catch((error: unknown) => {
      if (!isClosed)
        options.onFault(new KafkaError('FAILED', `${topic.name}: ${String(error)}`, error))
    })
  }
  const arrived = async (reader: Reader): Promise<void> => {
    while (reader.partitions.some((own) => own.arrived < own.expected)) await reader.moved.promise
  }

  return {
    async poll(group, topic, limit) {
      const name = `${group} ${topic.name}`
      const opening = readers.get(name) ?? open(group, topic)
      readers.set(name, opening)
      opening.catch(() => readers.delete(name))
      const reader = await opening
      await arrived(reader)
      return reader.partitions
        .flatMap((own) => own.waiting.slice(0, limit))
        .sort(
          (left, right) =>
            left.at_ms - right.at_ms ||
            left.partition - right.partition ||
            left.offset - right.offset,
        )
        .slice(0, limit)
    },
    consumed({ group, positions }) {
      for (const { topic, partition, nextOffset } of positions) {
        const reader = opened.find((one) => one.group === group && one.topic.name === topic.name)
        const own = reader?.partitions[partition]
        if (own === undefined) continue
        own.position = Math.max(own.position, nextOffset)
        while ((own.waiting[0]?.offset ?? Infinity) < own.position) own.waiting.shift()
      }
    },
    appended(records) {
      if (opened.length === 0) return
      for (const record of records)
        for (const { topic, partitions: own } of opened)
          if (topic.name === record.topic) {
            const place = own[record.partition]!
            place.expected = Math.max(place.expected, record.offset + 1)
          }
    },
    passed: () =>
      opened.flatMap(({ group, topic, partitions: all }) => {
        const positions = all.flatMap(({ waiting, position, arrived: next }, partition) =>
          waiting.length === 0 && position < next ? [{ topic, partition, nextOffset: next }] : [],
        )
        return positions.length === 0 ? [] : [{ group, positions }]
      }),
    readers: () => opened,
    async close() {
      isClosed = true
      await Promise.all(opened.map(({ source }) => source.close()))
    },
  }
}
