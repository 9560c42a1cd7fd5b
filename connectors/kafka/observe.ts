// What one process says about the whole log: the growth of each topic, and how far each group is behind, also groups that have
// died. Watchers decide from it what is stale, lagging or lost; nothing is judged here.
import type { Logger } from 'pino'
import type { Topic } from '../../schemas/topic.ts'
import { topicObserved } from '../../schemas/topics.ts'
import type { TopicObserved } from '../../schemas/types.gen.ts'
import type { LogReader } from '../log-reader.ts'
import type { Metrics } from '../metrics.ts'
import { inParallel } from '../registry/in-parallel.ts'
import { settledWithin } from './alarm.ts'
import type { KafkaClient } from './client/port.ts'
import type { Names } from './names.ts'
import { stretchesOf } from './places.ts'
import type { Stretch } from './places.ts'
import type { Sender } from './sender.ts'
import { placeName } from './tables.ts'
import { newestRecords } from './walk.ts'

/** Partitions whose newest record is read at the same time. */
const atOnce = 8

export interface ObserverOptions {
  readonly client: KafkaClient
  readonly reader: Pick<LogReader, 'lag'>
  readonly names: Names
  /** Topics that the topology declares. */
  readonly topics: readonly Topic[]
  readonly metrics: Metrics
  readonly logger: Logger
  readonly sender: Sender
  readonly everyMs: number
  /** Whether this process speaks for the log: one of all has to. */
  readonly isOurs: () => boolean
}

export interface Observer {
  /** Writes one record for each topic and one for each partition of each of its groups, if that is ours to do and due. */
  observe(atMs: number): Promise<void>
  /** Does so by itself from now on. */
  start(nowMs: () => number): void
  /** Ends it; what is under way is not waited for longer than a moment. */
  close(): Promise<void>
}

/** Longest wait at the end for an observation that is under way: a broker may be gone. */
const lastMs = 1_000

export function createObserver(options: ObserverOptions): Observer {
  const { logger, sender, everyMs, isOurs } = options
  const observations = createObservations(options)
  let dueAtMs = 0
  let timer: NodeJS.Timeout | null = null
  let underWay: Promise<void> | null = null
  let isClosed = false

  const observe = async (atMs: number): Promise<void> => {
    if (!isOurs() || atMs < dueAtMs) return
    dueAtMs = atMs + everyMs
    await sender.send(topicObserved, await observations(atMs), atMs)
  }
  return {
    observe,
    start(nowMs) {
      timer ??= setInterval(() => {
        underWay ??= observe(nowMs())
          .catch((error: unknown) => {
            if (!isClosed) logger.warn({ err: error }, 'the log could not be observed')
          })
          .finally(() => {
            underWay = null
          })
      }, everyMs)
    },
    async close() {
      isClosed = true
      if (timer !== null) clearInterval(timer)
      if (underWay !== null) await settledWithin(lastMs, underWay)
    },
  }
}

/** Gives, at each call, one record for each topic and one for each partition of each of its groups. */
function createObservations({
  client,
  reader,
  names,
  topics,
  metrics,
}: ObserverOptions): (atMs: number) => Promise<TopicObserved[]> {
  /** Time of the newest record, and the end at which it was read: a partition that stands still is not read again. */
  const newest = new Map<string, { readonly end: number; readonly atMs: number | null }>()

  const newestAtMs = async (stretch: Stretch): Promise<number | null> => {
    const name = placeName(stretch.topic, stretch.partition)
    const known = newest.get(name)
    if (known?.end === stretch.end) return known.atMs
    const [record] = await newestRecords(client, stretch, stretch, 1)
    const atMs = record?.timestampMs ?? known?.atMs ?? null
    newest.set(name, { end: stretch.end, atMs })
    return atMs
  }

  return async (atMs) => {
    const [stretches, lags] = await Promise.all([
      stretchesOf(client.admin, topics.map(names.topic)),
      reader.lag(atMs),
    ])
    const times = await inParallel(stretches, newestAtMs, atOnce)
    const ends = new Map(
      stretches.map((stretch, i) => [
        placeName(stretch.topic, stretch.partition),
        { ...stretch, lastAtMs: times[i] ?? null },
      ]),
    )
    for (const { group, topic, partition, known, lag, lagMs } of lags)
      metrics.lag(group, topic, partition, known ? lag : null, lagMs)
    return topics.flatMap((topic) => {
      const own = [...ends.values()].filter((end) => end.topic === names.topic(topic))
      if (own.length === 0) return []
      const last = own.flatMap((end) => end.lastAtMs ?? [])
      const observed: TopicObserved = {
        ...{ topic: topic.name, declared: true, group: '', partition: -1, at_ms: atMs },
        first_offset: own.reduce((sum, end) => sum + end.from, 0),
        end_offset: own.reduce((sum, end) => sum + end.end, 0),
        last_record_at_ms: last.length === 0 ? null : Math.max(...last),
        ...{ lag: 0, lag_ms: null, lag_known: true, trimmed_unread: 0, committed_offset: null },
      }
      const groups = lags
        .filter((lag) => lag.topic === topic.name)
        .map((lag): TopicObserved => {
          const place = ends.get(placeName(names.topic(topic), lag.partition))
          return {
            ...{ topic: topic.name, declared: true, group: lag.group, at_ms: atMs },
            partition: lag.partition,
            first_offset: place?.from ?? 0,
            end_offset: lag.endOffset,
            last_record_at_ms: place?.lastAtMs ?? null,
            lag: lag.known ? lag.lag : null,
            lag_ms: lag.lagMs,
            lag_known: lag.known,
            trimmed_unread: lag.trimmedUnread,
            committed_offset: lag.committedOffset,
          }
        })
      return [observed, ...groups]
    })
  }
}
