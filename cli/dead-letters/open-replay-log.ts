// The log that takes dead letters back: the configuration's, of either runtime.
import type { ReplayLog } from '../../connectors/dead-letters.ts'
import { openReplayLog } from '../../connectors/embedded/dead-letter-replay.ts'
import { configOf } from '../open-log.ts'
import type { Invocation } from '../verb.ts'

/** Opens it; nothing is written before `replay`. Rejects with an error that names the log when it is not there. */
export async function openReplayLogOf(invocation: Invocation): Promise<ReplayLog> {
  const config = configOf(invocation)
  const { io } = invocation
  switch (config.runtime) {
    case 'embedded':
      return openReplayLog(config.log.path, io.now)
    case 'redpanda':
      return (await import('./broker-replay-log.ts')).openBrokerReplayLog(config, io)
  }
}
