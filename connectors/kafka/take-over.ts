// How a task begins, at every start and after every failure: fence, then read the committed offsets, then restore to the end
// of the changelog, then process. Whoever fenced last owns the task, and read the offsets after the fence: that order is the
// whole proof, and there is no other way to start.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Topic } from '../../schemas/topic.ts'
import { createTask } from '../../topologies/kernel/task.ts'
import type { Task } from '../../topologies/kernel/task.ts'
import type { SubTopology } from '../../topologies/kernel/topology.ts'
import { LogError } from '../log-error.ts'
import type { Checkpoint } from './checkpoint.ts'
import { lastCheckpoint } from './checkpoint.ts'
import type { TopicPartition, TransactionalProducer } from './client/port.ts'
import { readerOf } from './names.ts'
import { checkpoints } from './own-topics.ts'
import { nameOf, restoreState } from './restore.ts'
import { offsetsByPlace, placeName } from './tables.ts'
import type { TaskContext } from './task-context.ts'
import { oldestRecords } from './walk.ts'

export interface TakenOver {
  readonly producer: TransactionalProducer
  readonly task: Task
  /** Next offset of each input, in their order. */
  readonly offsets: readonly number[]
  /** What the group has committed of each, or where a new one begins. */
  readonly committed: readonly number[]
  /** Records that retention removed before they were processed, by input. */
  readonly skipped: readonly number[]
}

/** A broker may show offsets of a transaction a moment later than the transaction's end. */
const agreeMs = 500

/** A new leader may know only a moment later how far its partition goes. */
const longestLeaderMs = 10_000

const askAgainMs = 100

/**
 * Takes a task over. Rejects with a KafkaError when the broker can't be asked, and with a LogError when the log does not
 * hold what is needed. Gives null, with nothing left open, when `isWanted` says so meanwhile.
 */
export async function takeOver(
  context: TaskContext,
  sub: SubTopology,
  partition: number,
  isWanted: () => boolean,
  leaderMs = longestLeaderMs,
): Promise<TakenOver | null> {
  const { client, names, partitions, config, logId, tables } = context
  const fault = tables.fault(sub.tables)
  if (fault !== null) throw fault
  const producer = await client.fence(names.task(sub.name, partition))
  try {
    const agreed = await agree(context, sub, partition, isWanted, leaderMs)
    const task = createTask({
      ...{ sub, partition, partitions, config, logId },
      table: (topic) => tables.of(topic),
    })
    if (agreed.checkpoint !== null)
      task.resume({
        nowMs: agreed.checkpoint.now_ms,
        lastTickAtMs: agreed.checkpoint.last_tick_at_ms,
      })
    await restoreState(context, task, isWanted)
    const { offsets, committed, skipped } = agreed
    if (isWanted()) return { producer, task, offsets, committed, skipped }
  } catch (error) {
    await producer.dispose()
    throw error
  }
  await producer.dispose()
  return null
}

interface Agreed {
  readonly offsets: readonly number[]
  readonly committed: readonly number[]
  readonly skipped: readonly number[]
  readonly checkpoint: Checkpoint | null
}

/**
 * The group's committed offsets and the task's checkpoint come from the same transactions: they must say the same, and the
 * inputs must go that far. An input that does not was made anew or has lost its end: from there on its offsets would name
 * other records than before, and what lies before them would be passed over in silence.
 */
async function agree(
  context: TaskContext,
  sub: SubTopology,
  partition: number,
  isWanted: () => boolean,
  leaderMs: number,
): Promise<Agreed> {
  const { client, codec, names, topology } = context
  const name = nameOf(sub.name, partition)
  const group = names.group(readerOf(topology.name, sub.name))
  const places = sub.inputs.map((topic) => ({ topic: names.topic(topic), partition }))
  const startedAt = performance.now()
  for (;;) {
    const [committed, starts, ends, checkpoint] = await Promise.all([
      client.admin.committed(group, places).then(offsetsByPlace),
      client.admin.startOffsets(places).then(offsetsByPlace),
      client.admin.endOffsets(places, 'high-water').then(offsetsByPlace),
      lastCheckpoint(client, codec, names.topic(checkpoints[sub.name]), sub.name, partition),
    ])
    const written = new Map(checkpoint?.positions.map((p) => [p.topic, p.next_offset]))
    const found = await Promise.all(
      sub.inputs.map(async (topic): Promise<Found> => {
        const place = { topic: names.topic(topic), partition }
        const name = placeName(place.topic, partition)
        const kept = { topic, start: starts.get(name) ?? 0, end: ends.get(name) ?? 0 }
        if (checkpoint !== null && (await isAnew(context, checkpoint, place, kept)))
          return { ...kept, committed: null, written: null }
        return {
          ...kept,
          committed: committed.get(name) ?? null,
          written: written.get(topic.name) ?? null,
        }
      }),
    )
    const odd = found.find((input) => input.committed !== null && input.committed !== input.written)
    const short = found.find((input) => (input.committed ?? input.written ?? 0) > input.end)
    if ((odd === undefined && short === undefined) || !isWanted())
      return {
        ...startsOf(context, sub, partition, found),
        // A new group has nothing to commit before its first record; what has expired is committed again.
        committed: found.map(
          (input) => input.committed ?? (input.written === null ? input.start : -1),
        ),
        checkpoint,
      }
    const waitedMs = performance.now() - startedAt
    if (odd !== undefined && waitedMs > agreeMs)
      throw new LogError(
        'CORRUPT',
        `task ${name}: group ${group} has committed ${odd.topic.name} up to ${odd.committed}, and the task's checkpoint says ${odd.written ?? 'nothing'}. Both are written by one transaction, so somebody changed one of them. To go on from the checkpoint, delete the group's offsets; without a checkpoint, restore ${names.topic(checkpoints[sub.name])} first`,
      )
    if (short !== undefined && waitedMs > leaderMs)
      throw new LogError(
        'CORRUPT',
        `task ${name}: ${short.topic.name} partition ${partition} ends at offset ${short.end}, and the task has processed it up to ${short.committed ?? short.written}: the topic was made anew, or the broker has lost its end. Restore the topic, or start anew under another kafka.topic_prefix`,
      )
    await sleep(askAgainMs)
  }
}

interface Kept {
  readonly topic: Topic
  /** First kept offset, and the end. */
  readonly start: number
  readonly end: number
}

interface Found extends Kept {
  readonly committed: number | null
  readonly written: number | null
}

/**
 * Whether an input was deleted and made again after the checkpoint: the log has another id since then, and the input begins
 * with a record of later days, or has none. What is known of the former topic's offsets means nothing for the new one.
 */
async function isAnew(
  { client, logId }: TaskContext,
  checkpoint: Checkpoint,
  place: TopicPartition,
  { topic, start, end }: Kept,
): Promise<boolean> {
  const written = checkpoint.positions.find((position) => position.topic === topic.name)
  if (checkpoint.log_id === logId || start > 0 || (written?.next_offset ?? 0) === 0) return false
  const [first] = await oldestRecords(client, place, { from: start, end }, 1)
  return first === undefined ? end < written!.next_offset : first.timestampMs > checkpoint.now_ms
}

/**
 * Where each input goes on: at its committed offset; at the checkpoint's when the broker has let the group's offsets expire;
 * at the first kept record when it is new. What retention took from us is skipped only where that is allowed.
 */
function startsOf(
  { config }: TaskContext,
  sub: SubTopology,
  partition: number,
  found: readonly Found[],
): { readonly offsets: readonly number[]; readonly skipped: readonly number[] } {
  const skipped = found.map(({ topic, committed, written, start }) => {
    const lost = Math.max(0, start - (committed ?? written ?? start))
    if (lost === 0 || topic.perishable || config.kafka.on_lost_input === 'skip') return lost
    throw new LogError(
      'CONFIGURATION',
      `task ${nameOf(sub.name, partition)}: ${topic.name} partition ${partition} begins at offset ${start}, and the task has processed only up to ${committed ?? written}: retention removed ${lost} records that it has not seen. Restore the topic, or accept the loss with kafka.on_lost_input: skip`,
    )
  })
  const offsets = found.map(({ committed, written, start }) =>
    Math.max(start, committed ?? written ?? start),
  )
  return { offsets, skipped }
}
