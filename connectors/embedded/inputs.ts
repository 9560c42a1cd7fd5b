// What the tasks read: every input partition is one queue in the log, and the record that arrived first goes first.
// So all runtimes that keep the order of arrival decide in the same order.
import type { Topic } from '../../schemas/topic.ts'
import { invariant } from '../../topologies/kernel/invariant.ts'
import type { Task } from '../../topologies/kernel/task.ts'
import type { Head, MovedHead } from './heads.ts'
import type { Log } from './log.ts'
import type { ReaderPosition } from './positions.ts'
import type { Row } from './read.ts'

/** Rows that one read fetches for one input. */
const fetchRows = 200

/** One input partition of one task. */
export interface Input {
  readonly topic: Topic
  readonly task: Task
  readonly group: string
  readonly position: ReaderPosition
  readonly head: Head
  /** Place of the next record in the order of arrival; Infinity when there is none. */
  nextSequence: number
  rows: Row[]
  /** Next of `rows`. */
  index: number
  /** Records taken since somebody last put it back to 0. */
  taken: number
}

export interface Inputs {
  /** Tells that one record was appended to a partition. */
  appended(head: Head): void
  /** Tells that another process appended to these partitions. */
  moved(heads: readonly MovedHead[]): void
  /** The input whose next record arrived first, or null when all are read. */
  first(): Input | null
  /** The first offset of a partition that a task has still to read; the next offset when all is read. */
  readonly heldFrom: (head: Head) => number
  /** Takes that record and moves the reader's position behind it. */
  take(input: Input): Row
}

export function createInputs(log: Log, inputs: readonly Input[]): Inputs {
  const byHead = new Map<Head, Input[]>()
  for (const input of inputs) byHead.set(input.head, [...(byHead.get(input.head) ?? []), input])

  /** Fetches the next rows, or finds that there are none. */
  const refill = (input: Input): void => {
    const { position, head } = input
    input.index = 0
    input.rows =
      position.nextOffset < head.nextOffset
        ? log.read.rows(head.topic, head.partition, position.nextOffset, fetchRows)
        : []
    const next = input.rows[0]?.[1] ?? head.nextOffset
    if (next > position.nextOffset) {
      // Retention was faster than this reader.
      position.trimmedUnread += next - position.nextOffset
      position.nextOffset = next
      position.dirty = true
    }
    input.nextSequence = input.rows[0]?.[2] ?? Infinity
  }
  for (const input of inputs) refill(input)

  return {
    appended(head) {
      for (const input of byHead.get(head) ?? [])
        if (input.nextSequence === Infinity) input.nextSequence = head.lastSequence
    },
    moved(heads) {
      for (const { head } of heads)
        for (const input of byHead.get(head) ?? [])
          if (input.nextSequence === Infinity) refill(input)
    },
    first() {
      let first: Input | null = null
      for (const input of inputs)
        if (input.nextSequence < (first?.nextSequence ?? Infinity)) first = input
      return first
    },
    heldFrom: (head) =>
      Math.min(
        head.nextOffset,
        ...(byHead.get(head) ?? []).map((input) => input.position.nextOffset),
      ),
    take(input) {
      if (input.index === input.rows.length) refill(input)
      const row = input.rows[input.index]
      invariant(
        row !== undefined,
        `${input.group}: expected a record of ${input.topic.name}, was none`,
      )
      input.index++
      input.taken++
      input.position.nextOffset = row[1] + 1
      input.position.dirty = true
      const next = input.rows[input.index]
      if (next !== undefined) input.nextSequence = next[2]
      else refill(input)
      return row
    },
  }
}
