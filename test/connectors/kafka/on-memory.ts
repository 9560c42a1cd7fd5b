// What tasks share, on a broker in memory: the sample topology with one partition a domain.
import type { LearningCodec } from '../../../connectors/kafka/learning-codec.ts'
import { namesOf } from '../../../connectors/kafka/names.ts'
import type { TaskContext } from '../../../connectors/kafka/task-context.ts'
import { storedTopics } from '../../../connectors/kafka/topic-settings.ts'
import { createWritten } from '../../../connectors/kafka/written.ts'
import { noMetrics } from '../../../connectors/metrics.ts'
import { createCodec } from '../../../schemas/codec.ts'
import { exchangeTick } from '../../../schemas/topics.ts'
import { testConfig } from '../../kit/given.ts'
import { silentLogger } from '../../kit/silent-logger.ts'
import { sample, startMs, tradeOf } from '../../runtimes/sample.ts'
import type { MemoryBroker } from './memory-broker.ts'

/** A codec to which every schema that it does not know is missing, unless `learn` says otherwise. */
export function learningCodec(
  learn: LearningCodec['learn'] = () => Promise.resolve('missing'),
): LearningCodec {
  return { ...createCodec(), learn }
}

/** The market's part of the sample. */
export const market = sample.subTopologies.find(({ name }) => name === 'market')!

/** Names on the broker: there is no prefix. */
export const names = namesOf('', sample.name)

export function contextOn(broker: MemoryBroker, changes: Partial<TaskContext> = {}): TaskContext {
  return {
    topology: sample,
    topics: new Map(storedTopics(sample).map((topic) => [topic.name, topic])),
    config: kafkaConfig(),
    client: broker.client,
    codec: learningCodec(),
    names,
    partitions: { market: 1, account: 1 },
    logId: 'log',
    tables: {
      of: () => new Map<string, unknown>(),
      positions: () => [],
      fault: () => null,
      places: () => [],
      close: async () => undefined,
    },
    written: createWritten(broker.client.admin),
    logger: silentLogger,
    metrics: noMetrics,
    nowMs: () => startMs,
    atStep: () => undefined,
    isHeard: () => false,
    onCommitted: () => undefined,
    ...changes,
  }
}

export function kafkaConfig(kafka: object = {}) {
  return testConfig({
    kafka: { market_partitions: 1, account_partitions: 1, commit_interval_ms: 0, ...kafka },
  })
}

/** Appends a trade as a venue's connector would. */
export function trade(broker: MemoryBroker, price: number, symbol = 'BTCUSDT'): void {
  const value = createCodec().encode(exchangeTick.name, tradeOf(symbol, price, startMs))
  broker.append(names.topic(exchangeTick), 0, [[symbol, value]])
}
