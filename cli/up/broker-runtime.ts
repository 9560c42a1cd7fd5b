// The broker runtime of `up`, with the client that it works through. Loaded only for the runtime redpanda.
import { gatewayReader } from '../../connectors/exchange/gateway.ts'
import { openKafkaRuntime } from '../../connectors/kafka/runtime.ts'
import { openBroker } from '../open-broker.ts'
import type { LiveRuntime, OpenOptions } from './live-runtime.ts'

/** Connects and opens it. Rejects with an error that names the broker, the registry or the topics; then nothing is open. */
export async function openBrokerRuntime(options: OpenOptions): Promise<LiveRuntime> {
  const { topology, config, parts, wallMs, logger, metrics, env } = options
  const { client, registry } = await openBroker(config, env, logger)
  try {
    const runtime = await openKafkaRuntime({
      ...{ topology, config, client, registry, wallMs, logger, metrics },
      run: parts.subTopologies,
      connectors: parts.gateway,
      readers: [gatewayReader],
    })
    return {
      ...runtime,
      async close() {
        await runtime.close()
        await client.close()
      },
    }
  } catch (error) {
    await client.close()
    throw error
  }
}
