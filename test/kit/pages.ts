// Processors of no use but to build small pages with: they read and write what a test says, and do nothing.
import type { Topic } from '../../schemas/topic.ts'
import { processor } from '../../topologies/kernel/processor.ts'
import type { Processor } from '../../topologies/kernel/processor.ts'

export interface Sketch {
  readonly reads?: readonly Topic[]
  readonly writes?: readonly Topic[]
  readonly tables?: readonly Topic[]
  readonly feedback?: readonly Topic[]
  readonly state?: Topic
  readonly ledger?: Topic
}

/** A processor that only has edges. What the types would refuse is possible here, so that the topology has to refuse it. */
export function sketch(name: string, edges: Sketch): Processor {
  const idle = processor({
    name,
    doc: `Stands for ${name}.`,
    reads: edges.reads ?? [],
    writes: edges.writes ?? [],
    decide() {
      // Edges are all there is to it.
    },
  })
  const { state } = edges
  return {
    ...idle,
    tables: edges.tables ?? [],
    feedback: edges.feedback ?? [],
    ledger: edges.ledger ?? null,
    ledgerKeepMs: Infinity,
    state:
      state === undefined
        ? null
        : {
            topic: state,
            key: () => 'key',
            always: () => [],
            initial: () => ({}),
            live: () => true,
          },
  }
}
