// Tables advance record by record, with their positions: what a task decides between two records must be played again alike.
import { describe, expect, test } from 'vitest'
import { openTables } from '../../../connectors/kafka/tables.ts'
import type { Tables } from '../../../connectors/kafka/tables.ts'
import { noMetrics } from '../../../connectors/metrics.ts'
import { createCodec } from '../../../schemas/codec.ts'
import { markState } from '../../../schemas/topics.ts'
import { markOf } from '../../kit/records.ts'
import { silentLogger } from '../../kit/silent-logger.ts'
import { memoryBroker } from './memory-broker.ts'
import type { MemoryBroker } from './memory-broker.ts'
import { learningCodec, names } from './on-memory.ts'

const unknownId = 987_654_321
const markBytes = (symbol: string, id?: number): Buffer => {
  const bytes = createCodec().encode(markState.name, markOf({ symbol, price: 1 }))
  if (id !== undefined) bytes.writeInt32BE(id, 1)
  return bytes
}
const open = (broker: MemoryBroker, learn: () => Promise<'missing'>): Promise<Tables> =>
  openTables({
    client: broker.client,
    codec: learningCodec(learn),
    ...{ names, topics: [markState], partitions: { market: 1, account: 1 } },
    ...{ logger: silentLogger, metrics: noMetrics },
    onUndecodable: () => undefined,
    onMoved: () => undefined,
    onFault: () => undefined,
  })

describe('a table', () => {
  test('says that it is where its entries are, also in the middle of an answer', async () => {
    const broker = memoryBroker()
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<'missing'>()
    const tables = await open(broker, () => {
      asked.resolve()
      return answer.promise
    })
    broker.append(markState.name, 0, [
      ['A', markBytes('A')],
      ['B', markBytes('B', unknownId)],
      ['C', markBytes('C')],
    ])
    await asked.promise
    expect([...tables.of(markState).keys()]).toEqual(['A'])
    expect(tables.positions([markState])[0]?.next_offset).toBe(1)
    answer.resolve('missing')
    await expect.poll(() => tables.positions([markState])[0]?.next_offset, { interval: 2 }).toBe(3)
    expect([...tables.of(markState).keys()]).toEqual(['A', 'C'])
    await tables.close()
  })
})
