// What has been fetched for one task and not yet processed: one queue for each input. The oldest record goes first; a task
// that has several inputs thereby sees them about as they happened.
import type { Topic } from '../../schemas/topic.ts'
import type { Fetched, WireRecord } from './client/port.ts'

export interface TaskInput {
  readonly topic: Topic
  /** First offset that is not processed: the next record, or behind everything that was fetched. */
  position(): number
  /** The next record. */
  peek(): WireRecord
  take(): void
}

export interface Inputs {
  readonly all: readonly TaskInput[]
  /** Records that wait. */
  size(): number
  /** Starts at these offsets, in the order of the topics; what was fetched before is dropped. */
  start(offsets: readonly number[]): void
  add(input: number, fetched: Fetched): void
  /** The input with the oldest record, or null. Of equally old ones the first input goes first. */
  first(): TaskInput | null
}

interface Queue extends TaskInput {
  chunks: (readonly WireRecord[])[]
  /** Next record of the first chunk. */
  index: number
  nextOffset: number
}

export function createInputs(topics: readonly Topic[]): Inputs {
  let waiting = 0
  const queues = topics.map((topic): Queue => {
    const queue: Queue = {
      topic,
      chunks: [],
      index: 0,
      nextOffset: 0,
      position: () => queue.chunks[0]?.[queue.index]?.offset ?? queue.nextOffset,
      peek: () => queue.chunks[0]![queue.index]!,
      take() {
        waiting--
        queue.index++
        if (queue.index < queue.chunks[0]!.length) return
        queue.chunks.shift()
        queue.index = 0
      },
    }
    return queue
  })
  return {
    all: queues,
    size: () => waiting,
    start(offsets) {
      waiting = 0
      for (const [i, queue] of queues.entries()) {
        queue.chunks = []
        queue.index = 0
        queue.nextOffset = offsets[i]!
      }
    },
    add(input, { records, nextOffset }) {
      const queue = queues[input]!
      // An answer may begin before the position that was asked for.
      const fresh = records.filter((record) => record.offset >= queue.nextOffset)
      if (fresh.length > 0) queue.chunks.push(fresh)
      waiting += fresh.length
      queue.nextOffset = Math.max(queue.nextOffset, nextOffset)
    },
    first() {
      let first: Queue | null = null
      let oldest = Infinity
      for (const queue of queues) {
        const record = queue.chunks[0]?.[queue.index]
        if (record === undefined || record.timestampMs >= oldest) continue
        first = queue
        oldest = record.timestampMs
      }
      return first
    },
  }
}
