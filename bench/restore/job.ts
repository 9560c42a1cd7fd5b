// A ledger of many entries: what the watcher of duplicate orders keeps of each order, about 190 bytes of Avro.
import { createCodec } from '../../schemas/codec.ts'
import { duplicateOrdersSeenChangelog, opsAlert, orderReport } from '../../schemas/topics.ts'
import type { DuplicateOrdersSeenChangelog } from '../../schemas/types.gen.ts'
import type { LearningCodec } from '../../connectors/kafka/learning-codec.ts'
import { processor, unchanged } from '../../topologies/kernel/processor.ts'
import { topology } from '../../topologies/kernel/topology.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'

export const ledger = duplicateOrdersSeenChangelog

const remember = processor({
  name: 'remember',
  doc: 'Keeps what it is given back.',
  reads: [orderReport],
  ledger,
  writes: [opsAlert],
  decide: () => unchanged,
})

export const job: Topology = topology('restore', { watch: [remember] })

/** Schemas by the ids of their texts: the bytes are the same as with a registry. */
export const codec: LearningCodec = { ...createCodec(), learn: async () => 'missing' }

export function entryOf(i: number): DuplicateOrdersSeenChangelog {
  const id = i.toString(16).padStart(16, '0')
  return {
    ...{ kind: 'ORDER', account: 'main', symbol: 'BTCUSDT', purpose: 'ENTRY' },
    ...{ parent_id: `p${id}`, command_id: `c${id}`, client_order_id: `q${id}` },
    ...{ venue_order_id: String(1e12 + i), quantity: '0.012', filled_quantity: '0.012' },
    ...{ live: false, triggered: false, orders: [`q${id}`], raised_at_ms: null },
    at_ms: 1_700_000_000_000 + i,
  }
}
