// What of the library's log lines gets through, at which level, and what never does.
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { kafkajsLogger } from '../../../../connectors/kafka/client/logging.ts'

interface Line {
  readonly level: number
  readonly msg: string
}

function logged(level: string, write: (logger: ReturnType<typeof kafkajsLogger>) => void) {
  const lines: string[] = []
  const logger = kafkajsLogger(pino({ level }, { write: (line: string) => lines.push(line) }))
  write(logger.namespace('Connection'))
  return lines.map((line) => JSON.parse(line) as Line & Record<string, unknown>)
}

const levels = { debug: 20, info: 30, warn: 40, error: 50 }

describe('log lines of the library', () => {
  test.for([
    ['The group coordinator is not available', levels.debug],
    ['Response Produce(key: 0, version: 7): This server is not the leader', levels.debug],
    ['Connection error: connect ECONNREFUSED 127.0.0.1:1', levels.debug],
    ['CONCURRENT_TRANSACTIONS', levels.debug],
    ['SASL PLAIN authentication failed', levels.error],
    ['something new', levels.error],
  ] as const)('at ERROR: %s', ([message, level]) => {
    const [line] = logged('debug', (logger) => logger.error(message, { broker: 'host:1' }))
    expect(line).toMatchObject({ level, msg: message, part: 'Connection', broker: 'host:1' })
  })

  test('carry the reason in their text', () => {
    const [line] = logged('debug', (logger) =>
      logger.error('Response', { error: 'not coordinator' }),
    )
    expect(line?.msg).toBe('Response: not coordinator')
  })

  test('never carry what was exchanged', () => {
    const secret = 'geheim-1'
    const [line] = logged('debug', (logger) =>
      logger.debug('Response SaslAuthenticate', {
        data: { authBytes: secret },
        payload: Buffer.from(secret),
        error: { password: secret },
        stack: secret,
        size: 3,
      }),
    )
    expect(line).toMatchObject({ size: 3 })
    expect(JSON.stringify(line)).not.toContain(secret)
  })

  test('are not built at debug when nobody reads them', () => {
    expect(logged('info', (logger) => logger.debug('Request Produce'))).toEqual([])
    expect(logged('info', (logger) => logger.error('Connection error: x'))).toEqual([])
  })
})
