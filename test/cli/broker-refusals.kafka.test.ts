// What `up` says when it can't work on a broker: one line or a few that name the thing, exit code 3 (or 2, where the
// configuration is wrong), and nothing is left running.
import { beforeAll, describe, expect, test } from 'vitest'
import { desiredTopics, knownToSome } from '../../connectors/kafka/topic-settings.ts'
import type { Config } from '../../schemas/config.ts'
import { marketBar, tradeClosed } from '../../schemas/topics.ts'
import { trading } from '../../topologies/trading.ts'
import { onBench } from '../connectors/kafka/on-bench.ts'
import { createHome, run } from '../faults/running.ts'
import type { Ended } from '../faults/running.ts'
import { needsBench, needsFaults } from '../kit/broker/needs.ts'
import { freePorts } from '../kit/broker/ports.ts'
import { startBroker } from '../kit/broker/start-broker.ts'
import { environmentOf } from '../runtimes/product.ts'

/** Real processes on a machine that may be busy. */
const timeout = 120_000

async function up(environment: Record<string, string>): Promise<Ended> {
  return run(['up', '--for', '60s', '--json'], { env: environment })
}

/** One JSON object to whoever reads that, the same words to people, and no stack. Anything else is a line of the log. */
function expectRefusal({ code, signal, out, err }: Ended, exitCode: number): string {
  expect({ code, signal }, err).toEqual({ code: exitCode, signal: null })
  const { error } = JSON.parse(out) as { error: string }
  expect(JSON.parse(out)).toEqual({ error, exit_code: exitCode })
  expect(err).toContain(`quantum up: ${error}\n`)
  const others = err.replace(`quantum up: ${error}\n`, '').split('\n')
  for (const line of others) if (line !== '') expect(JSON.parse(line)).toHaveProperty('msg')
  return error
}

describe('up refuses', needsBench(), () => {
  const bench = onBench()
  const { venuePath } = createHome('file')
  let config: Config
  let prefix = ''
  let environment: Record<string, string> = {}
  let nowhere = ''

  beforeAll(async () => {
    config = bench.freshConfig({ account_partitions: 1 })
    prefix = config.kafka.topic_prefix
    environment = environmentOf(prefix, venuePath)
    nowhere = `127.0.0.1:${String((await freePorts(1))[0])}`
    // Topics as they have to be, and no schema.
    await bench.client.admin.createTopics(
      desiredTopics(trading, config).map(({ settings, ...topic }) => ({
        ...topic,
        configs: Object.fromEntries(
          Object.entries(settings).filter(([name]) => !knownToSome.has(name)),
        ),
      })),
    )
  }, timeout)

  test(
    'a broker that is not there, by its address',
    async () => {
      const brokers = JSON.stringify([nowhere])
      const refused = expectRefusal(
        await up({ ...environment, QUANTUM__KAFKA__BROKERS: brokers }),
        3,
      )
      expect(refused).toContain(nowhere)
    },
    timeout,
  )

  test(
    'a registry that is not there, by its address',
    async () => {
      const url = `http://${nowhere}`
      const refused = expectRefusal(await up({ ...environment, QUANTUM__REGISTRY__URL: url }), 3)
      expect(refused).toContain(url)
    },
    timeout,
  )

  test(
    'schemas that are not registered, by their subjects and with the command that does it',
    async () => {
      const refused = expectRefusal(await up(environment), 3)
      expect(refused).toContain(`${prefix}${tradeClosed.name}-value`)
      expect(refused).toContain('quantum schemas register')
    },
    timeout,
  )

  test(
    'topics that are missing, by their names and with the command that makes them',
    async () => {
      const { topic_prefix: other } = bench.freshConfig().kafka
      const refused = expectRefusal(await up(environmentOf(other, venuePath)), 3)
      expect(refused).toContain(`${other}${tradeClosed.name}: missing`)
      expect(refused).toContain('quantum topics apply')
    },
    timeout,
  )

  test(
    'a topic that has drifted, by its name, the setting and both values',
    async () => {
      const name = `${prefix}${tradeClosed.name}`
      const before = await bench.client.admin.configs(name)
      await bench.client.admin.setConfigs(name, { 'retention.ms': '60000' })
      const refused = expectRefusal(await up(environment), 3)
      const value = before.get('retention.ms')?.value
      expect(refused).toContain(`${name}: retention.ms: expected ${value}, was 60000`)
      expect(refused).not.toContain(marketBar.name)
      await bench.client.admin.setConfigs(name, { 'retention.ms': String(value) })
    },
    timeout,
  )

  test(
    'another number of partitions than the topics have, by the setting',
    async () => {
      const wider = { ...environment, QUANTUM__KAFKA__MARKET_PARTITIONS: '3' }
      const refused = expectRefusal(await up(wider), 3)
      expect(refused).toContain(`${prefix}${marketBar.name}`)
      expect(refused).toMatch(/partitions.*expected 3, was 2/)
      expect(refused).toContain('kafka.market_partitions')
    },
    timeout,
  )

  test(
    'brokers that are no addresses, by the variable: the configuration is wrong',
    async () => {
      const refused = expectRefusal(
        await up({ ...environment, QUANTUM__KAFKA__BROKERS: '["x"]' }),
        2,
      )
      expect(refused).toContain('kafka.brokers')
      expect(refused).toContain('expected host:port')
    },
    timeout,
  )
})

describe('up on a broker that asks who it is', needsFaults(), () => {
  const { venuePath } = createHome('file')

  test(
    'refuses a wrong password and a missing one, shows neither, and gets in with the right one',
    async () => {
      const broker = await startBroker({ secure: true })
      try {
        const { brokers, caFile, username, password } = broker.secure!
        const environment = {
          ...environmentOf('secure.', venuePath),
          QUANTUM__KAFKA__BROKERS: JSON.stringify(brokers),
          QUANTUM__KAFKA__TLS__ENABLED: 'true',
          QUANTUM__KAFKA__TLS__CA_FILE: caFile,
          QUANTUM__KAFKA__SASL__MECHANISM: 'scram-sha-512',
          QUANTUM__KAFKA__SASL__USERNAME: username,
        }
        const guess = 'not-the-password'
        const [wrong, missing, right] = await Promise.all([
          up({ ...environment, QUANTUM_KAFKA_PASSWORD: guess }),
          up(environment),
          up({ ...environment, QUANTUM_KAFKA_PASSWORD: password }),
        ])
        const text = expectRefusal(wrong, 3)
        expect(text).toContain(brokers[0])
        expect(text).toMatch(/authentication/i)
        expect(wrong.err).not.toContain(guess)
        expect(expectRefusal(missing, 2)).toContain('QUANTUM_KAFKA_PASSWORD')
        // It is in, and finds no topics there.
        expect(expectRefusal(right, 3)).toContain(`secure.${tradeClosed.name}: missing`)
      } finally {
        await broker.stop()
      }
    },
    timeout,
  )
})
