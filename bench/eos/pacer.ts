// Writes records at a steady rate, each with the time at which it was due, so that a pacer that is late makes ages longer and
// never shorter. Environment: BOOTSTRAP, TOPIC, PARTITIONS, KEYS, RATE (records/s), RECORDS.
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { createKafkaClient } from '../../connectors/kafka/client/client.ts'
import type { RecordBatches } from '../../connectors/kafka/client/port.ts'
import { configSchema } from '../../schemas/config.ts'
import { partitionOf } from '../../topologies/kernel/topic.ts'

const { BOOTSTRAP = '', TOPIC = '', PARTITIONS = '4', KEYS = '50' } = process.env
const { RATE = '2000', RECORDS = '20000' } = process.env
const [partitions, keys, rate, records] = [PARTITIONS, KEYS, RATE, RECORDS].map(Number) as [
  number,
  number,
  number,
  number,
]

/** Records go out so often. */
const everyMs = 2

const config = configSchema.parse({ kafka: { brokers: [BOOTSTRAP] } })
const client = createKafkaClient({
  ...{ config: config.kafka, password: null, clientId: 'eos-pacer' },
  logger: pino({ level: 'silent' }),
})
await client.connect()
const producer = await client.plainProducer()
const startMs = Date.now()
let sent = 0
while (sent < records) {
  const due = Math.min(records, Math.floor(((Date.now() - startMs) * rate) / 1_000))
  const batches = new Map<number, RecordBatches>()
  for (; sent < due; sent++) {
    const key = `S${String(sent % keys)}`
    const partition = partitionOf('market', key, partitions)
    const value = Buffer.alloc(200)
    value.writeDoubleBE(30_000 + (sent % 100), 0)
    value.writeDoubleBE(startMs + ((sent + 1) * 1_000) / rate, 8)
    const own = batches.get(partition) ?? producer.batches(TOPIC, partition)
    batches.set(partition, own)
    own.add(startMs, key, value)
  }
  if (batches.size > 0) await producer.send([...batches.values()])
  await sleep(everyMs)
}
console.log(JSON.stringify({ sent, late_ms: Date.now() - startMs - (records * 1_000) / rate }))
await producer.dispose()
await client.close()
