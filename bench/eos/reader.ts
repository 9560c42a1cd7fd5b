// A reader of committed records that counts, and measures the age of what it sees: the same for every system that is measured.
// Environment: BOOTSTRAP, TOPIC, RECORDS (ends after so many), SKIP_MS (ages of the first ones don't count),
// DEADLINE_S. Its last line is JSON.
import { pino } from 'pino'
import { createKafkaClient } from '../../connectors/kafka/client/client.ts'
import { configSchema } from '../../schemas/config.ts'

const { BOOTSTRAP = '', TOPIC = '', RECORDS = '0' } = process.env
const { SKIP_MS = '0', DEADLINE_S = '120' } = process.env

/** Ages are counted in steps of a tenth of a millisecond. */
const stepsPerMs = 10

const config = configSchema.parse({ kafka: { brokers: [BOOTSTRAP] } })
const logger = pino({ level: 'silent' })
const client = createKafkaClient({
  ...{ config: config.kafka, password: null, logger, clientId: 'eos-reader' },
})
await client.connect()
const expected = Number(RECORDS)
const ages = new Map<number, number>()
let records = 0
let inFirst = 0
let firstAt = 0
let lastAt = 0
const done = Promise.withResolvers<void>()

const source = client.source({
  onFetched({ records: fetched }) {
    if (fetched.length === 0) return
    const now = Date.now()
    lastAt = performance.now()
    if (firstAt === 0) {
      firstAt = lastAt
      inFirst = fetched.length
    }
    records += fetched.length
    if (lastAt - firstAt >= Number(SKIP_MS))
      for (const { value } of fetched) {
        const step = Math.max(0, Math.round((now - value!.readDoubleBE(8)) * stepsPerMs))
        ages.set(step, (ages.get(step) ?? 0) + 1)
      }
    if (records >= expected) done.resolve()
  },
  onFault(place, fault, detail) {
    done.reject(
      new Error(`${place.topic} partition ${String(place.partition)}: ${fault} ${detail}`),
    )
  },
})
const [topic] = await client.admin.topics([TOPIC])
for (let partition = 0; partition < (topic?.partitions ?? 0); partition++)
  source.assign({ topic: TOPIC, partition, offset: 0 })
console.error('reading')
const timer = setTimeout(
  () => {
    done.resolve()
  },
  Number(DEADLINE_S) * 1_000,
)
await done.promise
clearTimeout(timer)
const seconds = (lastAt - firstAt) / 1_000

function ageMs(share: number): number {
  const sorted = [...ages].sort(([a], [b]) => a - b)
  let left = share * sorted.reduce((sum, [, count]) => sum + count, 0)
  for (const [step, count] of sorted) {
    left -= count
    if (left <= 0) return step / stepsPerMs
  }
  return Number.NaN
}

console.log(
  JSON.stringify({
    ...{ records, expected, seconds },
    records_per_s: Math.round((records - inFirst) / seconds),
    ...{ p50_ms: ageMs(0.5), p99_ms: ageMs(0.99) },
  }),
)
await source.close()
await client.close()
