// The sample topology of the runtime contract, opened by hand on the shared bench.
import { onTestFinished } from 'vitest'
import type { KafkaRuntime, KafkaRuntimeOptions } from '../../../connectors/kafka/runtime.ts'
import { openKafkaRuntime } from '../../../connectors/kafka/runtime.ts'
import { applyTopics } from '../../../connectors/kafka/topic-apply.ts'
import { storedTopics } from '../../../connectors/kafka/topic-settings.ts'
import type { RegistryCodec } from '../../../connectors/registry/registry-codec.ts'
import { openSchemaRegistry } from '../../../connectors/registry/registry.ts'
import type { Config } from '../../../schemas/config.ts'
import type { Topology } from '../../../topologies/kernel/topology.ts'
import { sharedBench } from '../../kit/broker/shared-bench.ts'
import { silentLogger } from '../../kit/silent-logger.ts'
import { startMs } from '../../runtimes/sample.ts'
import type { OnBench } from './on-bench.ts'

export interface SampleLog {
  readonly config: Config
  readonly codec: RegistryCodec
  /** Opens it; whatever is still open when the test ends is abandoned. */
  open(changes?: Partial<KafkaRuntimeOptions>): Promise<KafkaRuntime>
}

/** A new log with topics and schemas. */
export async function sampleLog(
  bench: OnBench,
  topology: Topology,
  kafka: object = {},
): Promise<SampleLog> {
  const config = bench.freshConfig({
    ...{ market_partitions: 1, account_partitions: 1, instance: 'sample', ...kafka },
  })
  const codec = await bench.codec(config, storedTopics(topology))
  const { client } = bench
  await applyTopics({
    ...{ client, topology, config, openCodec: async () => codec, nowMs: () => startMs },
  })
  const registry = openSchemaRegistry({
    ...{ url: sharedBench().registryUrl, username: '', password: null, timeoutMs: 10_000 },
  })
  return {
    ...{ config, codec },
    async open(changes = {}) {
      const own = await bench.connect()
      const runtime = await openKafkaRuntime({
        ...{ topology, config, client: own, registry, codec, logger: silentLogger },
        ...{ run: ['market', 'account'], connectors: true, wallMs: () => startMs, ...changes },
      })
      onTestFinished(() => {
        runtime.abandon()
      })
      return runtime
    },
  }
}
