// Topics of the measurement: one loaded input for throughput, a fresh one for each latency run, and ours made anew each time.
import { pino } from 'pino'
import { createKafkaClient } from '../../connectors/kafka/client/client.ts'
import type { RecordBatches } from '../../connectors/kafka/client/port.ts'
import { applyTopics } from '../../connectors/kafka/topic-apply.ts'
import { configSchema } from '../../schemas/config.ts'
import { partitionOf } from '../../topologies/kernel/topic.ts'
import { inputTopic, job, outputTopic, rawCodec } from './job.ts'

const keys = 50
const recordBytes = 200

export interface Topics {
  /** Name of the loaded input. */
  readonly input: string
  load(records: number): Promise<void>
  /** An empty input of a name of its own; its prefix is ours. */
  freshInput(): Promise<string>
  /** Makes our topics behind an input anew; gives the prefix and the output. */
  ours(input: string): Promise<{ readonly prefix: string; readonly output: string }>
  /** A topic whose name begins so and that was not there before, once it is. */
  waitForNew(begin: string): Promise<string>
  close(): Promise<void>
}

export async function openTopics(bootstrap: string, partitions: number): Promise<Topics> {
  const config = (prefix: string) =>
    configSchema.parse({
      kafka: { brokers: [bootstrap], market_partitions: partitions, topic_prefix: prefix },
    })
  const client = createKafkaClient({
    ...{ config: config('').kafka, password: null, clientId: 'eos-topics' },
    logger: pino({ level: 'silent' }),
  })
  await client.connect()
  const seen = new Set<string>()
  let made = Date.now()
  const make = (prefix: string) =>
    applyTopics({
      ...{ client, topology: job, config: config(prefix), nowMs: Date.now },
      openCodec: async () => rawCodec(),
    })
  const freshInput = async (): Promise<string> => {
    const prefix = `eos${String(made++)}.`
    await make(prefix)
    return `${prefix}${inputTopic}`
  }
  const input = await freshInput()

  return {
    input,
    freshInput,
    async load(records) {
      const producer = await client.plainProducer()
      let price = 30_000
      for (let at = 0; at < records;) {
        const batches = new Map<number, RecordBatches>()
        for (const end = Math.min(records, at + 20_000); at < end; at++) {
          price += Math.random() - 0.5
          const key = `S${String(at % keys)}`
          const partition = partitionOf('market', key, partitions)
          const value = Buffer.alloc(recordBytes)
          value.writeDoubleBE(price, 0)
          const own = batches.get(partition) ?? producer.batches(input, partition)
          batches.set(partition, own)
          own.add(Date.now(), key, value)
        }
        await producer.send([...batches.values()])
      }
      await producer.dispose()
    },
    async ours(ofInput) {
      const prefix = ofInput.slice(0, -inputTopic.length)
      const all = await client.admin.topics()
      const old = all.map(({ name }) => name).filter((name) => name.startsWith(prefix))
      await client.admin.deleteGroups([`${prefix}ema.market`]).catch(() => undefined)
      await client.admin.deleteTopics(old.filter((name) => name !== ofInput))
      await make(prefix)
      return { prefix, output: `${prefix}${outputTopic}` }
    },
    async waitForNew(begin) {
      for (let left = 600; left > 0; left--) {
        const found = (await client.admin.topics()).map(({ name }) => name)
        const fresh = found.find(
          (name) => name.startsWith(begin) && name.endsWith('-out') && !seen.has(name),
        )
        if (fresh !== undefined) {
          seen.add(fresh)
          return fresh
        }
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      throw new Error(`expected a topic ${begin}…, was none within 60 s`)
    },
    close: () => client.close(),
  }
}
