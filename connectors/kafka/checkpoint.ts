// What a transaction took in, written down with what it put out. It says where the task stood (compared with the group's
// committed offsets at every start), and the order of its past: with it a task's work can be played again.
import type { Domain } from '../../schemas/topic.ts'
import type { CheckpointStep, MarketCheckpoint } from '../../schemas/types.gen.ts'
import type { KafkaClient, PartitionOffset } from './client/port.ts'
import type { LearningCodec } from './learning-codec.ts'
import { decodeLearning } from './learn.ts'
import { checkpoints } from './own-topics.ts'

/** All sub-topologies write the same record. */
export type Checkpoint = MarketCheckpoint

/** How many offsets before the end the last checkpoint is first looked for. */
const firstLook = 200

/** The last committed checkpoint of a task, or null. */
export async function lastCheckpoint(
  client: KafkaClient,
  codec: LearningCodec,
  brokerTopic: string,
  sub: Domain,
  partition: number,
): Promise<Checkpoint | null> {
  const place = { topic: brokerTopic, partition }
  const [start, end] = await Promise.all([
    client.admin.startOffsets([place]).then(only),
    client.admin.endOffsets([place], 'stable').then(only),
  ])
  for (let look = firstLook; ; look *= 10) {
    const from = Math.max(start, end - look)
    let bytes: Buffer | null = null
    if (from < end)
      await client.readUpTo({ ...place, offset: from }, end, ({ records }) => {
        bytes = records.at(-1)?.value ?? bytes
      })
    if (bytes !== null)
      return (await decodeLearning(codec, checkpoints[sub].name, bytes)) as Checkpoint
    if (from <= start) return null
  }
}

const only = ([first]: readonly PartitionOffset[]): number => first?.offset ?? 0

/** Collects the steps of a transaction: runs of one input are put together. */
export function createSteps(): {
  tick(atMs: number): void
  record(topic: string, offset: number): void
  readonly list: CheckpointStep[]
} {
  const list: CheckpointStep[] = []
  let run: CheckpointStep | null = null
  return {
    list,
    tick(atMs) {
      run = null
      list.push({ tick_at_ms: atMs, topic: null, from_offset: 0, next_offset: 0 })
    },
    record(topic, offset) {
      if (run === null || run.topic !== topic) {
        run = { tick_at_ms: null, topic, from_offset: offset, next_offset: offset + 1 }
        list.push(run)
      } else run.next_offset = offset + 1
    },
  }
}
