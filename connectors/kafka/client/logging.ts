// Log lines of kafkajs through our logger. Only fields that are known to hold no secret pass, and what the client layer
// retries by itself is no error to an operator.
import loggers from 'kafkajs/src/loggers/index.js'
import type { KafkajsLogEntry, KafkajsLogger } from 'kafkajs/src/loggers/index.js'
import type { Logger } from 'pino'

/** Never `data`, `payload`, `error` objects or `stack`: those of an authentication hold what it exchanged. */
const knownFields = [
  ...['broker', 'clientId', 'apiName', 'apiKey', 'apiVersion', 'correlationId', 'size'],
  ...['retryCount', 'retryTime', 'nodeId', 'groupId', 'ssl', 'sasl'],
]

/** Words that kafkajs says at ERROR or WARN although the same is tried again and told to the caller if it fails. */
const passing = new RegExp(
  [
    'COORDINATOR',
    'CONCURRENT_TRANSACTIONS',
    'NOT_LEADER',
    'LEADER_NOT_AVAILABLE',
    'REBALANCE_IN_PROGRESS',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'Connection error',
    'Connection timeout',
    'Failed to connect',
    'Closed connection',
    'Response without match',
    'no answer to',
    'coordinator (is not available|is loading)',
    'group is rebalancing',
    'concurrent',
    'not the leader',
  ].join('|'),
  'i',
)

/** A logger for the library's parts; each line names the part as `part`. */
export function kafkajsLogger(logger: Logger): KafkajsLogger {
  const child = logger.child({ library: 'kafkajs' })
  const { LEVELS } = loggers
  return loggers.createLogger({
    // The library builds an object a request at DEBUG, so only when somebody reads it.
    level: child.isLevelEnabled('debug') ? LEVELS.DEBUG : LEVELS.INFO,
    logCreator: () => (entry) => write(child, entry),
  })
}

function write(logger: Logger, { namespace, level, log }: KafkajsLogEntry): void {
  const fields: Record<string, unknown> = { part: namespace }
  for (const name of knownFields) {
    const value = log[name]
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      fields[name] = value
  }
  const reason = typeof log['error'] === 'string' ? `: ${log['error']}` : ''
  const message = `${log.message}${reason}`
  logger[levelOf(level, message)](fields, message)
}

function levelOf(level: number, message: string): 'debug' | 'info' | 'warn' | 'error' {
  const { LEVELS } = loggers
  if (level === LEVELS.DEBUG || passing.test(message)) return 'debug'
  if (level === LEVELS.INFO) return 'info'
  return level === LEVELS.WARN ? 'warn' : 'error'
}
