// The health and the numbers of one process, served while it runs: started before its runtime, so that a long restore shows.
import type { Logger } from 'pino'
import type { Config } from '../../schemas/config.ts'
import type { AlertFollower, OpenAlerts } from '../alerts.ts'
import { followAlerts } from '../alerts.ts'
import type { Health, HealthCheck } from '../health.ts'
import { starting } from '../health.ts'
import type { Metrics } from '../metrics.ts'
import { noMetrics } from '../metrics.ts'
import type { Runtime } from '../runtime.ts'
import { createProcessMetrics } from './process-metrics.ts'
import { createRecorder } from './recorder.ts'
import type { Answer, HttpServer, Routes } from './server.ts'
import { serve } from './server.ts'

/** The alerts are read from the log at most this often. */
const alertsMs = 5_000

/** Longest wait for the log or the registry: an answer comes without them then, and says so. */
const waitMs = 3_000

export interface Watch {
  /** For the runtime that is to be opened. */
  readonly metrics: Metrics
  /** The port that is listened on; null when nothing is served. */
  readonly port: number | null
  /** The runtime is open: from now on health is its own. */
  attach(runtime: Pick<Runtime, 'onCommit' | 'read'>, health: Health): void
  close(): Promise<void>
}

export interface WatchOptions {
  readonly config: Config
  readonly version: string
  /** Name of the topology. */
  readonly topology: string
  /** Time that only rises, in ms. */
  readonly nowMs: () => number
  readonly logger: Logger
}

/** Serves what `config.http` says; without a port it counts nothing. Rejects with an HttpError when the port is taken. */
export async function openWatch(options: WatchOptions): Promise<Watch> {
  const { config, logger, nowMs } = options
  const { host, port } = config.http
  if (port === null)
    return { metrics: noMetrics, port, attach: () => undefined, close: async () => undefined }
  const recorder = createRecorder({ ...options, runtime: config.runtime })
  const process = createProcessMetrics()
  let health: Health = starting
  let alerts: AlertFollower | null = null

  /** What it gives within the wait; else, or when it fails, what is known without it. */
  const within = async <T>(what: string, work: Promise<T>, otherwise: () => T): Promise<T> => {
    const tooLate = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      tooLate.reject(new Error(`expected an answer within ${String(waitMs)} ms`))
    }, waitMs)
    try {
      return await Promise.race([work, tooLate.promise])
    } catch (error) {
      logger.warn({ err: error }, `${what} could not be read`)
      return otherwise()
    } finally {
      clearTimeout(timer)
    }
  }
  const readiness = async (): Promise<readonly HealthCheck[]> => [
    ...health.live(),
    ...(await within('readiness', health.ready(), () => [unanswered])),
  ]
  // While they can't be read, the age of what was read before is shown with it.
  const openAlerts = async () =>
    alerts === null
      ? null
      : within<OpenAlerts | null>('the open alerts', alerts.refresh(nowMs()), alerts.seen)
  const routes: Routes = new Map<string, () => Promise<Answer>>([
    ['/livez', async () => verdictOf('live', health.live())],
    ['/readyz', async () => verdictOf('ready', await readiness())],
    [
      '/metrics',
      async () => {
        const [checks, open] = await Promise.all([readiness(), openAlerts()])
        const seen = { isReady: checks.every((check) => check.ok), alerts: open }
        return {
          status: 200,
          contentType: 'text/plain; version=0.0.4; charset=utf-8',
          body: recorder.render(seen) + process.render(),
        }
      },
    ],
  ])
  let server: HttpServer
  try {
    server = await serve({ host, port, routes })
  } catch (error) {
    process[Symbol.dispose]()
    throw error
  }
  logger.info({ host, port: server.port }, 'health and metrics are served')
  let stopListening: () => void = () => undefined
  return {
    metrics: recorder.metrics,
    port: server.port,
    attach(runtime, ofRuntime) {
      health = ofRuntime
      alerts = followAlerts((topic, range) => runtime.read(topic, range), alertsMs)
      stopListening = runtime.onCommit(recorder.observe)
    },
    async close() {
      stopListening()
      await server.close()
      process[Symbol.dispose]()
    },
  }
}

const unanswered: HealthCheck = {
  name: 'answered',
  ok: false,
  detail: `expected an answer within ${String(waitMs)} ms, was none`,
}

function verdictOf(word: 'live' | 'ready', checks: readonly HealthCheck[]): Answer {
  const ok = checks.every((check) => check.ok)
  return {
    status: ok ? 200 : 503,
    contentType: 'application/json; charset=utf-8',
    body: `${JSON.stringify({ [word]: ok, checks })}\n`,
  }
}
