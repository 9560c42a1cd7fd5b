// Reads the same bytes and does nothing with them. Environment: BOOTSTRAP, TOPIC.
import { pino } from 'pino'
import { createKafkaClient } from '../../connectors/kafka/client/client.ts'
import { configSchema } from '../../schemas/config.ts'

const { BOOTSTRAP = '', TOPIC = '' } = process.env
const config = configSchema.parse({ kafka: { brokers: [BOOTSTRAP] } })
const client = createKafkaClient({
  ...{ config: config.kafka, password: null, clientId: 'bare-bench' },
  logger: pino({ level: 'silent' }),
})
await client.connect()
const startedAt = performance.now()
const place = { topic: TOPIC, partition: 0 }
const [end] = await client.admin.endOffsets([place], 'stable')
let records = 0
let bytes = 0
await client.readUpTo({ ...place, offset: 0 }, end!.offset, (fetched) => {
  records += fetched.records.length
  for (const { value } of fetched.records) bytes += value?.length ?? 0
})
const seconds = (performance.now() - startedAt) / 1_000
console.log(JSON.stringify({ seconds, records, bytes }))
await client.close()
