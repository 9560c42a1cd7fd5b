// Everything that one process of `up` runs: a runtime with its sub-topologies, the paper exchange if it is this process's
// part, and health and metrics beside them. Starting and recovering are the same.
import type { Logger } from 'pino'
import { alertLog } from '../../connectors/alerts.ts'
import type { Step } from '../../connectors/embedded/cycle.ts'
import { openWatch } from '../../connectors/http/watch.ts'
import type { Watch } from '../../connectors/http/watch.ts'
import type { Metrics } from '../../connectors/metrics.ts'
import type { Config } from '../../schemas/config.ts'
import type { InstrumentState } from '../../schemas/types.gen.ts'
import { trading } from '../../topologies/trading.ts'
import type { Io } from '../verb.ts'
import { UserError } from '../verb.ts'
import { version } from '../version.ts'
import type { LiveRuntime } from './live-runtime.ts'
import { openRuntime } from './open-runtime.ts'
import { instrumentsOf, openPaperExchange } from './paper-exchange.ts'
import type { MarketOptions, PaperExchange } from './paper-exchange.ts'
import { allParts } from './parts.ts'
import type { Parts } from './parts.ts'

export interface SystemOptions extends MarketOptions {
  readonly config: Config
  readonly logger: Logger
  readonly wallMs: () => number
  /** What this process runs; everything when absent. */
  readonly parts?: Parts
  /** Where the secrets of a broker may be. */
  readonly env?: Io['env']
  /** Hears how far the state is restored. */
  readonly onRestoring?: Metrics['restoring']
  /** Measurements on the embedded log only: called at each step of a transaction. */
  readonly atStep?: (step: Step) => void
}

export interface System {
  readonly runtime: LiveRuntime
  /** Where health and metrics are served; null when they are not. */
  readonly httpPort: number | null
  /** Fails with the error that stopped one of the parts; resolves when the market is over. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Starts all parts. Rejects with an error that names what is wrong; then nothing runs. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { config, logger, wallMs } = options
  if (config.environment !== 'PAPER')
    throw new UserError(
      `environment: expected PAPER, was ${config.environment}: this version trades on the simulated venue only`,
    )
  const instruments = instrumentsOf(config, wallMs())
  const watch = await openWatch({
    ...{ config, logger, version: version(), topology: trading.name },
    nowMs: () => performance.now(),
  })
  try {
    return await startRuntime(options, watch, instruments)
  } catch (error) {
    await watch.close()
    throw error
  }
}

async function startRuntime(
  options: SystemOptions,
  watch: Watch,
  instruments: readonly InstrumentState[],
): Promise<System> {
  const { parts = allParts(trading), onRestoring } = options
  const metrics: Metrics = {
    ...watch.metrics,
    restoring(...step) {
      watch.metrics.restoring(...step)
      onRestoring?.(...step)
    },
  }
  const runtime = await openRuntime({ topology: trading, env: {}, ...options, parts, metrics })
  // Before it works: what its first transactions refuse counts too, and a restore that takes long shows.
  watch.attach(runtime, runtime.health())
  runtime.onCommit(alertLog(options.logger))
  let exchange: PaperExchange | null = null
  try {
    if (parts.gateway) exchange = await openPaperExchange({ ...options, instruments }, runtime)
    runtime.start()
    await exchange?.start()
  } catch (error) {
    await runtime.close()
    exchange?.close()
    throw error
  }
  const ended = Promise.race([runtime.stopped, ...(exchange === null ? [] : [exchange.ended])])
  // Whoever waits for it hears of a failure, also of one before that.
  ended.catch(() => undefined)
  return {
    runtime,
    httpPort: watch.port,
    ended,
    async stop() {
      exchange?.stop()
      await runtime.close()
      exchange?.close()
      await watch.close()
    },
  }
}
