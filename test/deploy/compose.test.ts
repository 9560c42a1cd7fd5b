// The compose file, as far as it can be checked without an engine: what is pinned, published, mounted, awaited and set.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../cli/configuration/load.ts'
import { namesOf, allParts, partsOf } from '../../cli/up/parts.ts'
import type { Verb } from '../../cli/verb.ts'
import { trading } from '../../topologies/trading.ts'
import { root, textOf, yamlOf } from './deployed.ts'

const composeFile = 'docker-compose.redpanda.yml'

interface Service {
  readonly image: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly restart?: string
  readonly profiles?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly networks?: { readonly default: { readonly aliases: readonly string[] } }
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly stop_grace_period?: string
}

const compose = yamlOf(composeFile) as {
  services: Record<string, Service>
  volumes: Record<string, null>
}
const services = Object.entries(compose.services)
const isOneShot = ({ restart }: Service): boolean => restart === 'no'
const isOurs = ({ build }: Service): boolean => build !== undefined
const processes = services.filter(([, service]) => isOurs(service) && !isOneShot(service))
const redpanda = compose.services['redpanda']!
const settingsScript = compose.services['redpanda-settings']!.command![0]!

describe('docker-compose.redpanda.yml', () => {
  test('every image has an exact version, or is built here', () => {
    for (const [name, service] of services)
      if (isOurs(service)) expect(service.image, name).toBe('quantum-trader:local')
      else expect(service.image, name).toMatch(/^[a-z/]+:v?\d+\.\d+\.\d+(-alpine)?$/)
    expect(compose.services['redpanda-settings']!.image).toBe(redpanda.image)
  })

  test('every port is published on the loopback address only, and once', () => {
    const published = services.flatMap(([, { ports }]) => ports ?? [])
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    const hostPorts = published.map((port) => port.split(':')[1])
    expect(new Set(hostPorts).size).toBe(hostPorts.length)
  })

  test('every long-running service is restarted and has a health check', () => {
    for (const [name, service] of services) {
      if (isOneShot(service)) continue
      expect(service.restart, name).toBe('unless-stopped')
      expect(service.healthcheck?.test[0], name).toMatch(/^CMD/)
    }
  })

  test('every condition that is waited for can come true', () => {
    for (const [name, { depends_on: needs }] of services)
      for (const [needed, { condition }] of Object.entries(needs ?? {})) {
        const service = compose.services[needed]
        expect(service, `${name} needs ${needed}`).toBeDefined()
        expect(condition, `${name} needs ${needed}`).toBe(
          isOneShot(service!) ? 'service_completed_successfully' : 'service_healthy',
        )
      }
  })

  test('every one-shot service is waited for: `up --wait` counts the end of any other as a failure', () => {
    const awaited = services.flatMap(([, { depends_on: needs }]) => Object.keys(needs ?? {}))
    for (const [name, service] of services) if (isOneShot(service)) expect(awaited).toContain(name)
  })

  test('no process runs before the cluster is set up, schemas are registered and topics are there', () => {
    expect(processes.length).toBe(4)
    for (const [name, { depends_on: needs }] of processes)
      expect(Object.keys(needs ?? {}), name).toEqual(expect.arrayContaining(['redpanda', 'setup']))
    expect(compose.services['setup']!.depends_on).toHaveProperty('redpanda-settings')
  })

  test('every file that is mounted exists and is read-only, every volume is declared and used', () => {
    const mounts = services.flatMap(([, { volumes }]) => volumes ?? [])
    const used = new Set<string>()
    for (const mount of mounts) {
      const [source] = mount.split(':')
      if (!source!.startsWith('.')) used.add(source!)
      else {
        expect(mount).toMatch(/:ro$/)
        expect(existsSync(join(root, source!)), mount).toBe(true)
      }
    }
    expect([...used].sort()).toEqual(Object.keys(compose.volumes).sort())
  })

  test('nothing in it is a secret', () => {
    for (const [name, { environment, command }] of services) {
      for (const [variable, value] of Object.entries(environment ?? {}))
        if (/PASS|SECRET|TOKEN|_KEY|LICEN/i.test(variable))
          expect(`${variable}=${value}`, name).toMatch(/_FILE=|=(true|false)$/)
      expect((command ?? []).join(' '), name).not.toMatch(/requirepass|password/i)
    }
  })

  test('every service is confined as far as its image allows', () => {
    for (const [name, service] of services) {
      if (service.image === redpanda.image) continue
      expect(service.security_opt, name).toContain('no-new-privileges:true')
      expect(service.read_only, name).toBe(true)
      if (name !== 'console') expect(service.cap_drop, name).toEqual(['ALL'])
    }
  })
})

describe('the broker', () => {
  test('an acknowledged record is on disk: no bypassed fsync, no write caching', () => {
    expect(redpanda.command).toContain('--unsafe-bypass-fsync=false')
    expect(settingsScript).toMatch(/^set_property write_caching_default false$/m)
  })

  test('topics are never made by accident, and lag is measured', () => {
    expect(settingsScript).toMatch(/^set_property auto_create_topics_enabled false$/m)
    expect(settingsScript).toMatch(
      /^set_property enable_consumer_group_metrics '\["group","partition","consumer_lag"\]'$/m,
    )
  })

  test('every property that is set is one of Redpanda 26.1', () => {
    // https://docs.redpanda.com/26.1/reference/properties/cluster-properties/
    const known = [
      'auto_create_topics_enabled',
      'consumer_group_lag_collection_interval_sec',
      'core_balancing_continuous',
      'enable_consumer_group_metrics',
      'enable_metrics_reporter',
      'fetch_reads_debounce_timeout',
      'group_initial_rebalance_delay',
      'group_offset_retention_sec',
      'partition_autobalancing_mode',
      'write_caching_default',
    ]
    const set = [...settingsScript.matchAll(/^set_property (\w+) /gm)].map(([, name]) => name)
    expect(set.sort()).toEqual(known)
  })

  test('Console has broker, registry and admin API, so that it shows records decoded', () => {
    const settings = yamlOf('deploy/console/console.yaml')
    expect(settings).toMatchObject({
      kafka: { brokers: ['redpanda:9092'] },
      schemaRegistry: { enabled: true, urls: ['http://redpanda:8081'] },
      redpanda: { adminApi: { enabled: true, urls: ['http://redpanda:9644'] } },
    })
    // Console 2 had it there, and Console 3 does not start with a setting that it does not know.
    expect(settings).not.toHaveProperty('kafka.schemaRegistry')
    expect(redpanda.command).toEqual(
      expect.arrayContaining([
        expect.stringContaining('--kafka-addr=internal://0.0.0.0:9092,'),
        expect.stringContaining('--schema-registry-addr=internal://0.0.0.0:8081,'),
      ]),
    )
    const { environment, volumes } = compose.services['console']!
    expect(volumes?.[0]).toContain(`:${environment?.['CONFIG_FILEPATH'] ?? ''}:`)
  })

  test('from the host it is where the settings look for it by default', () => {
    const { kafka, registry } = loadConfig(null, {})
    expect(redpanda.command!.join(' ')).toContain(`external://${kafka.brokers[0]!}`)
    for (const address of [kafka.brokers[0]!, new URL(registry.url).host])
      expect(redpanda.ports!.some((port) => port.startsWith(`${address}:`))).toBe(true)
  })
})

describe('the pipeline', () => {
  const demo = join(root, 'cli/demo.yaml')

  test('its environment is a sound configuration', () => {
    for (const [name, { environment }] of services.filter(([, service]) => isOurs(service))) {
      const variables = Object.keys(environment ?? {})
      expect(variables.filter((variable) => !variable.startsWith('QUANTUM__'))).toEqual([])
      const config = loadConfig(demo, environment ?? {})
      expect(config, name).toMatchObject({
        runtime: 'redpanda',
        kafka: { brokers: ['redpanda:9092'] },
        registry: { url: 'http://redpanda:8081', auto_register: false },
      })
    }
  })

  test('without a profile one process runs every part; the split processes run each part once', () => {
    const partsIn = ({ command }: Service): string[] => {
      const at = command!.indexOf('--run')
      return namesOf(partsOf(at < 0 ? undefined : command![at + 1], trading, 'redpanda'))
    }
    const all = namesOf(allParts(trading)).sort()
    const alone = processes.filter(([, { profiles }]) => profiles === undefined)
    const split = processes.filter(([, { profiles }]) => profiles?.includes('split'))
    expect(alone.flatMap(([, service]) => partsIn(service)).sort()).toEqual(all)
    expect(split.flatMap(([, service]) => partsIn(service)).sort()).toEqual(all)
  })

  test('its commands name verbs and options that exist', async () => {
    const inScript = compose.services['setup']!.command![0]!.matchAll(/node main\.ts ([^|\n]+)/g)
    const commands = [
      ...processes.map(([, { command }]) => command!),
      ...[...inScript].map(([, words]) => words!.trim().split(' ')),
    ]
    expect(commands.length).toBe(6)
    for (const [name, ...words] of commands) {
      const { verb } = (await import(join(root, 'cli', `${name!}.ts`))) as { verb: Verb }
      const known = ['json', ...Object.keys(verb.options)]
      for (const word of words) if (word.startsWith('--')) expect(known).toContain(word.slice(2))
    }
  })

  test('its log has every alert, raised and cleared, and is not filled with status lines', () => {
    for (const [name, { command }] of processes)
      expect(command, name).toEqual(expect.arrayContaining(['--json', '--verbose']))
  })

  test('its health and metrics are asked where they are served', () => {
    const { scrape_configs: jobs } = yamlOf('deploy/prometheus/prometheus.yml') as {
      scrape_configs: { job_name: string; dns_sd_configs?: { names: string[]; port: number }[] }[]
    }
    const [found] = jobs.find((job) => job.job_name === 'quantum')!.dns_sd_configs!
    for (const [name, { environment, healthcheck, networks }] of processes) {
      const { http } = loadConfig(demo, environment ?? {})
      expect(found!.port, name).toBe(http.port)
      expect(healthcheck!.test.join(' '), name).toContain(`127.0.0.1:${String(http.port)}/readyz`)
      expect(networks!.default.aliases, name).toEqual(found!.names)
    }
  })

  test('who has the simulated venue keeps it in a volume', () => {
    const owners = processes.filter(([, { command }]) =>
      ['gateway', undefined].includes(command![command!.indexOf('--run') + 1 || Infinity]),
    )
    expect(owners.map(([name]) => name)).toEqual(['pipeline', 'gateway'])
    for (const [, { environment, volumes }] of owners) {
      const folder = volumes![0]!.split(':')[1]!
      expect(loadConfig(demo, environment ?? {}).simulator.path).toMatch(new RegExp(`^${folder}/`))
    }
  })

  test('it has longer to stop than it takes', () => {
    for (const [name, { stop_grace_period: period }] of processes)
      expect(Number.parseInt(period ?? '0', 10), name).toBeGreaterThan(10)
  })
})

test.for([{ options: [] }, { options: ['--profile', 'split'] }])(
  'Compose itself reads it %j',
  ({ options }, context) => {
    if (spawnSync('docker', ['compose', 'version']).status !== 0)
      context.skip('the Docker CLI has no compose here')
    const { status, stderr } = spawnSync(
      'docker',
      ['compose', '-f', composeFile, ...options, 'config', '--quiet'],
      { cwd: root, encoding: 'utf8' },
    )
    expect(status, stderr).toBe(0)
  },
)

test('what the compose file says of one command stands in it', () => {
  expect(textOf(composeFile)).toContain(`docker compose -f ${composeFile} up`)
})
