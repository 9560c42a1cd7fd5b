// Fetches from one broker, request after request, all partitions that it leads and that want records. It knows neither
// positions nor faults: answers and troubles are handed to the source.
import { setTimeout as wait } from 'node:timers/promises'
import type { Connections } from './connections.ts'
import { fetchExchange } from './fetch-protocol.ts'
import type { FetchAnswer, FetchLimits } from './fetch-protocol.ts'
import { KafkaError } from './kafka-error.ts'
import type { PartitionOffset } from './port.ts'

/** A wait at the broker can't be cut short, so it begins short whenever a partition may soon want records. */
const shortestWaitMs = 5

/** A paused partition is resumed soon, mostly. */
const longestWaitWhilePausedMs = 20

export interface LoopPlace extends PartitionOffset {
  /** Whether its records may be asked for now. */
  readonly isWanted: boolean
}

export interface FetchLoop<P extends LoopPlace> {
  readonly nodeId: number
  readonly places: ReadonlySet<P>
  add(place: P): void
  remove(place: P): void
  /** A partition of this broker may want records, or want none, from now on. */
  changed(): void
  end(): void
}

export interface FetchLoopOptions<P extends LoopPlace> {
  readonly nodeId: number
  readonly connections: Connections
  readonly limits: FetchLimits
  /** The places are those that were asked for; they may be gone by now. */
  onAnswer(asked: readonly P[], answer: FetchAnswer): void
  /** No answer came. The places should be taken out of the loop, which goes on. */
  onTrouble(error: KafkaError): void
}

/** Runs until `end`. */
export function startFetchLoop<P extends LoopPlace>(options: FetchLoopOptions<P>): FetchLoop<P> {
  const { nodeId, connections, limits } = options
  const places = new Set<P>()
  let isEnded = false
  let turn = 0
  let waitMs = shortestWaitMs
  let wake = (): void => undefined

  const changed = (): void => {
    waitMs = shortestWaitMs
    wake()
  }

  const fetch = async (wanted: readonly P[], maxWaitMs: number): Promise<FetchAnswer | null> => {
    const exchange = fetchExchange(wanted, { ...limits, maxWaitMs })
    try {
      const link = await connections.link(nodeId)
      return await link.send(exchange)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      if (!isEnded) options.onTrouble(error)
      return null
    }
  }

  const run = async (): Promise<void> => {
    while (!isEnded) {
      const wanted = [...places].filter((place) => place.isWanted)
      if (wanted.length === 0) {
        await new Promise<void>((resolve) => (wake = resolve))
        continue
      }
      const longestMs = wanted.length < places.size ? longestWaitWhilePausedMs : limits.maxWaitMs
      const askedMs = waitMs
      const answer = await fetch(rotated(wanted, turn++), Math.min(askedMs, longestMs))
      if (isEnded) return
      if (answer === null) {
        // All places are gone elsewhere; if not, this is no reason to spin.
        if (places.size > 0) await wait(shortestWaitMs)
        continue
      }
      if (waitMs === askedMs && answer.places.every((place) => place.bytes.length === 0))
        waitMs = Math.min(2 * waitMs, limits.maxWaitMs)
      options.onAnswer(wanted, answer)
    }
  }
  void run()

  return {
    nodeId,
    places,
    add(place) {
      places.add(place)
      changed()
    },
    remove(place) {
      places.delete(place)
    },
    changed,
    end() {
      isEnded = true
      wake()
    },
  }
}

/** The broker fills its answer in the order of the request, so each begins with another one; topics stay together. */
function rotated<P extends LoopPlace>(places: readonly P[], turn: number): P[] {
  const inOrder = places.toSorted(
    (left, right) =>
      (left.topic < right.topic ? -1 : left.topic > right.topic ? 1 : 0) ||
      left.partition - right.partition,
  )
  const first = turn % inOrder.length
  return [...inOrder.slice(first), ...inOrder.slice(0, first)]
}
