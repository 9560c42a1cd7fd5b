// Committed records of assigned partitions, over all brokers. Positions move here alone, and never by a reset: an offset
// that is not there is told, and so is all that does not pass by itself.
import { setTimeout as wait } from 'node:timers/promises'
import { createAbortedFilter } from './aborted.ts'
import { CODE } from './codes.ts'
import type { Connections } from './connections.ts'
import { startFetchLoop } from './fetch-loop.ts'
import type { FetchLoop } from './fetch-loop.ts'
import type { FetchAnswer, FetchedBytes, FetchLimits } from './fetch-protocol.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaFault } from './kafka-error.ts'
import type { Fetched, PartitionOffset, Source, SourceListener, TopicPartition } from './port.ts'
import { decodeRecords } from './record-batch-reader.ts'
import type { DecodedRecords } from './record-batch-reader.ts'
import { refused } from './translate.ts'

export interface SourceOptions extends Partial<FetchLimits> {
  /** A topic that the brokers do not know may only just have been made, or they have only just started. Default 10 s. */
  readonly missingForMs?: number
  /** Told what passes by itself, for logs. */
  readonly onTrouble?: (place: PartitionOffset, error: KafkaError) => void
}

const defaultLimits: FetchLimits = {
  maxWaitMs: 100,
  minBytes: 1,
  maxBytes: 8 * 2 ** 20,
  partitionMaxBytes: 2 ** 20,
}

/** A new leader may not know yet how far its partition goes, so it is asked again. */
const outOfRangeAnswers = 3

const firstBackOffMs = 20
const longestBackOffMs = 1_000

/** One assignment of one partition; another assignment is another place, so that late answers find nobody. */
interface Place extends TopicPartition {
  offset: number
  isPaused: boolean
  /** Fetched while it was paused. */
  held: FetchedBytes | null
  readonly isWanted: boolean
  loop: FetchLoop<Place> | null
  /** Troubles since the last good answer. */
  troubles: number
  /** The fault of the last of them, how often in a row, and since when. */
  fault: KafkaFault | null
  faults: number
  faultSinceMs: number
  /** Ends of the partition as they were told. */
  lastStableOffset: number
  logStartOffset: number
}

/** The connections should be the source's own: a fetch that waits at the broker holds up what comes behind it. */
export function createSource(
  connections: Connections,
  listener: SourceListener,
  options: SourceOptions = {},
): Source {
  const { missingForMs = 10_000, onTrouble = () => undefined } = options
  const limits = { ...defaultLimits, ...options }
  const places = new Map<string, Place>()
  const loops = new Map<number, FetchLoop<Place>>()
  const closing = new AbortController()

  const isCurrent = (place: Place): boolean => places.get(keyOf(place)) === place

  const leave = (place: Place): void => {
    place.loop?.remove(place)
    place.loop = null
  }

  const drop = (place: TopicPartition): void => {
    const dropped = places.get(keyOf(place))
    if (dropped === undefined) return
    places.delete(keyOf(place))
    leave(dropped)
  }

  const giveUp = (place: Place, fault: KafkaFault, detail: string): void => {
    drop(place)
    listener.onFault(offsetOf(place), fault, detail)
  }

  /** Decides whether it passes: then its leader is sought anew. */
  const trouble = (place: Place, error: KafkaError): void => {
    leave(place)
    place.troubles++
    if (!passes(place, error.fault, missingForMs)) return giveUp(place, error.fault, error.message)
    onTrouble(offsetOf(place), error)
    void locate(place, backOffMs(place.troubles))
  }

  const locate = async (place: Place, delayMs: number): Promise<void> => {
    try {
      if (delayMs > 0) {
        await wait(delayMs, undefined, { signal: closing.signal }).catch(() => undefined)
        if (!isCurrent(place)) return
        await connections.refresh([place.topic])
      }
      const { nodeId } = await connections.leaderOf(place)
      if (!isCurrent(place)) return
      place.loop = loopOf(nodeId)
      place.loop.add(place)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      if (isCurrent(place)) trouble(place, error)
    }
  }

  const loopOf = (nodeId: number): FetchLoop<Place> => {
    const running = loops.get(nodeId)
    if (running !== undefined) return running
    const loop = startFetchLoop<Place>({
      nodeId,
      connections,
      limits,
      onAnswer,
      onTrouble: (error) => {
        for (const place of [...loop.places]) trouble(place, error)
      },
    })
    loops.set(nodeId, loop)
    return loop
  }

  const onAnswer = (asked: readonly Place[], answer: FetchAnswer): void => {
    const byKey = new Map(asked.map((place) => [keyOf(place), place]))
    if (answer.code !== CODE.NONE)
      for (const place of asked)
        if (isCurrent(place)) trouble(place, refusedFetch(place, answer.code))
    for (const fetched of answer.places) {
      const place = byKey.get(keyOf(fetched))
      if (place === undefined || !isCurrent(place)) continue
      if (fetched.code !== CODE.NONE) trouble(place, refusedFetch(place, fetched.code))
      else if (place.isPaused) place.held = fetched
      else deliver(place, fetched)
    }
  }

  const deliver = (place: Place, fetched: FetchedBytes): void => {
    place.troubles = 0
    place.fault = null
    let decoded: DecodedRecords
    try {
      decoded = decodeRecords(fetched.bytes, place, createAbortedFilter(fetched.aborted))
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return giveUp(place, error.fault, error.message)
    }
    const { lastStableOffset, logStartOffset } = fetched
    const isNews =
      decoded.nextOffset !== place.offset ||
      lastStableOffset !== place.lastStableOffset ||
      logStartOffset !== place.logStartOffset
    if (!isNews) return
    place.offset = decoded.nextOffset
    place.lastStableOffset = lastStableOffset
    place.logStartOffset = logStartOffset
    listener.onFetched(fetchedOf(place, decoded))
  }

  const setPaused = (at: TopicPartition, isPaused: boolean): void => {
    const place = places.get(keyOf(at))
    if (place === undefined || place.isPaused === isPaused) return
    place.isPaused = isPaused
    place.loop?.changed()
    if (place.held !== null)
      queueMicrotask(() => {
        const { held } = place
        if (held === null || place.isPaused || !isCurrent(place)) return
        place.held = null
        deliver(place, held)
        place.loop?.changed()
      })
  }

  return {
    assign(at) {
      if (closing.signal.aborted) return
      drop(at)
      const place = newPlace(at)
      places.set(keyOf(place), place)
      void locate(place, 0)
    },
    unassign: drop,
    pause: (at) => setPaused(at, true),
    resume: (at) => setPaused(at, false),
    async close() {
      places.clear()
      for (const loop of loops.values()) loop.end()
      loops.clear()
      closing.abort()
    },
  }
}

function newPlace({ topic, partition, offset }: PartitionOffset): Place {
  return {
    topic,
    partition,
    offset,
    isPaused: false,
    held: null,
    get isWanted() {
      return !this.isPaused && this.held === null
    },
    loop: null,
    troubles: 0,
    fault: null,
    faults: 0,
    faultSinceMs: 0,
    lastStableOffset: -1,
    logStartOffset: -1,
  }
}

/** Whether to try again. A refusal that should pass does so for a while only; an unreachable broker has all time. */
function passes(place: Place, fault: KafkaFault, missingForMs: number): boolean {
  const nowMs = performance.now()
  if (place.fault !== fault) {
    place.fault = fault
    place.faults = 0
    place.faultSinceMs = nowMs
  }
  place.faults++
  switch (fault) {
    case 'UNREACHABLE':
      return true
    case 'TOPIC_MISSING':
    case 'FAILED':
      return nowMs - place.faultSinceMs < missingForMs
    case 'OFFSET_OUT_OF_RANGE':
      return place.faults < outOfRangeAnswers
    case 'NOT_AUTHORISED':
    case 'CONFIGURATION':
    case 'UNDECODABLE_BATCH':
    case 'FENCED':
    case 'TOO_LARGE':
    case 'UNKNOWN_OUTCOME':
      return false
  }
}

function backOffMs(troubles: number): number {
  return Math.min(firstBackOffMs * 2 ** Math.min(troubles - 1, 10), longestBackOffMs)
}

function fetchedOf(place: Place, { records, nextOffset }: DecodedRecords): Fetched {
  const { topic, partition, logStartOffset, lastStableOffset } = place
  return { topic, partition, records, nextOffset, logStartOffset, lastStableOffset }
}

function refusedFetch(place: Place, code: number): KafkaError {
  const about = `${place.topic}/${place.partition} from offset ${place.offset}`
  return refused(code, { broker: String(place.loop?.nodeId ?? '?'), api: 'Fetch', about })
}

function offsetOf({ topic, partition, offset }: Place): PartitionOffset {
  return { topic, partition, offset }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
