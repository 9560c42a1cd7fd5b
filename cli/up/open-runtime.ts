// Opens the runtime that the configuration names.
import { openEmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import type { LiveRuntime, OpenOptions } from './live-runtime.ts'

/** Opens it; it does nothing before `start`. Rejects with an error that names the log and what is wrong. */
export async function openRuntime(options: OpenOptions): Promise<LiveRuntime> {
  switch (options.config.runtime) {
    case 'embedded':
      return openEmbeddedRuntime(options)
    case 'redpanda':
      return (await import('./broker-runtime.ts')).openBrokerRuntime(options)
  }
}
