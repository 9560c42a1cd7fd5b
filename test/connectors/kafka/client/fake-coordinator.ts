// Fake brokers that take part in transactions: each request is answered with a code that the test sets, and written down.
import type { WireReader, WireWriter } from '../../../../connectors/kafka/client/wire.ts'
import { metadataAnswer, metadataKey, startFakeBroker } from './fake-broker.ts'
import type { FakeBroker } from './fake-broker.ts'

export type Step =
  'init' | 'addPartitions' | 'addOffsets' | 'produce' | 'commitOffsets' | 'commit' | 'abort'

export interface FakeCluster {
  readonly brokers: readonly FakeBroker[]
  /** What was asked, in order, with the number of the broker: `1 addPartitions`. */
  readonly asked: string[]
  /** Sequence number, broker and partition of each batch that came. */
  readonly batches: { readonly broker: number; readonly place: string; readonly sequence: number }[]
  /** Codes for the next requests of a kind; 0 when there is none. `null` gives no answer. */
  next(step: Step, ...codes: (number | null)[]): void
  /** Who leads partition 0 of the topic, and who coordinates, from now on. */
  lead(leader: number, coordinator: number): void
  stop(): Promise<void>
}

export const topic = 'orders'

/** Two brokers; 1 leads both partitions of the topic and coordinates all. */
export async function startFakeCluster(): Promise<FakeCluster> {
  const brokers = [await startFakeBroker(), await startFakeBroker()]
  const asked: string[] = []
  const batches: FakeCluster['batches'] = []
  const codes = new Map<Step, (number | null)[]>()
  let leader = 1
  let coordinator = 1
  const brokerOf = (nodeId: number) => brokers[nodeId - 1]!

  /** False: no answer. */
  const told = (nodeId: number, step: Step, write: (code: number) => unknown): unknown => {
    asked.push(`${nodeId} ${step}`)
    const code = codes.get(step)?.shift()
    return code === null ? false : write(code ?? 0)
  }
  const ofPartitions = (answer: WireWriter) => (code: number) => {
    answer.int32(0)
    answer.list([0], () => {
      answer.string(topic)
      answer.list([0], (partition) => answer.int32(partition).int16(code))
    })
  }

  for (const nodeId of [1, 2]) {
    const broker = brokerOf(nodeId)
    broker.on(metadataKey, (body, answer) =>
      metadataAnswer({ 1: brokerOf(1), 2: brokerOf(2) }, { [topic]: [leader, leader] })(
        body,
        answer,
      ),
    )
    broker.on(10, (_body, answer) => {
      const { host, port } = brokerOf(coordinator)
      answer.int32(0).int16(0).nullableString(null).int32(coordinator).string(host).int32(port)
    })
    broker.on(22, (_body, answer) =>
      told(nodeId, 'init', (code) => answer.int32(0).int16(code).int64(77).int16(5)),
    )
    broker.on(24, (_body, answer) => told(nodeId, 'addPartitions', ofPartitions(answer)))
    broker.on(25, (_body, answer) =>
      told(nodeId, 'addOffsets', (code) => answer.int32(0).int16(code)),
    )
    broker.on(28, (_body, answer) => told(nodeId, 'commitOffsets', ofPartitions(answer)))
    broker.on(26, (body, answer) => {
      body.string()
      body.int64()
      body.int16()
      return told(nodeId, body.boolean() ? 'commit' : 'abort', (code) =>
        answer.int32(0).int16(code),
      )
    })
    broker.on(0, (body, answer) => produced(nodeId, body, answer))
  }

  const produced = (nodeId: number, body: WireReader, answer: WireWriter): unknown => {
    body.nullableString()
    body.int16()
    body.int32()
    const places = body
      .list(() => {
        const name = body.string()
        return body.list(() => ({ name, partition: body.int32(), batch: body.bytes() }))
      })
      .flat()
    return told(nodeId, 'produce', (code) => {
      answer.list(places, ({ name, partition, batch }) => {
        batches.push({
          broker: nodeId,
          place: `${name}/${partition}`,
          sequence: batch.readInt32BE(53),
        })
        answer.string(name)
        answer.list([0], () =>
          answer
            .int32(partition)
            .int16(code)
            .int64(code === 0 ? 100 : -1)
            .int64(-1)
            .int64(0),
        )
      })
      answer.int32(0)
    })
  }

  return {
    brokers,
    asked,
    batches,
    next(step, ...wanted) {
      codes.set(step, [...(codes.get(step) ?? []), ...wanted])
    },
    lead(newLeader, newCoordinator) {
      leader = newLeader
      coordinator = newCoordinator
    },
    async stop() {
      await Promise.all(brokers.map((broker) => broker.stop()))
    },
  }
}
