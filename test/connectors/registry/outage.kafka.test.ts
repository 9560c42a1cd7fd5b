// A real registry dies, hangs and comes back: what is known goes on working, what is not waits.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRegistryCodec } from '../../../connectors/registry/registry-codec.ts'
import { openSchemaRegistry } from '../../../connectors/registry/registry.ts'
import { compatibilityOf } from '../../../schemas/topic.ts'
import { markState, topics } from '../../../schemas/topics.ts'
import { needsFaults } from '../../kit/broker/needs.ts'
import { startRegistry } from '../../kit/broker/start-registry.ts'
import type { Registry } from '../../kit/broker/start-registry.ts'
import { markOf } from '../../kit/records.ts'
import { faultOf } from './fault-of.ts'

describe('a registry that dies', needsFaults(), () => {
  let server: Registry
  beforeAll(async () => {
    server = await startRegistry()
  })
  afterAll(async () => {
    await server.stop()
  })

  test('every topic of the system can be registered, in one go and with its level', async () => {
    const registry = openSchemaRegistry(address(10_000))
    const codec = await openRegistryCodec({ registry, topics, prefix: '', autoRegister: true })
    for (const topic of topics.filter((one) => one.kind !== 'clock')) {
      const subject = `${topic.name}-value`
      const latest = await registry.version(subject, 'latest')
      expect(latest?.id, subject).toBe(codec.writerSchema(topic.name).id)
      expect(await registry.level(subject), subject).toBe(compatibilityOf(topic))
    }
  })

  test('known schemas work on, an unknown id is unreachable and is learned after the restart', async () => {
    const registry = openSchemaRegistry(address(3_000))
    const only = { registry, topics: [markState], prefix: '', autoRegister: true }
    const codec = await openRegistryCodec(only)
    const mark = markOf({ price: 77 })
    const bytes = codec.encode('mark.state', mark)
    const text = JSON.stringify({
      ...(JSON.parse(codec.writerSchema('mark.state').text) as object),
      doc: 'in other words',
    })
    const foreign = await registry.register('mark.state-value', text, compatibilityOf(markState))
    const foreignBytes = Buffer.from(bytes)
    foreignBytes.writeInt32BE(foreign.id, 1)

    await server.kill()
    expect(codec.decode('mark.state', codec.encode('mark.state', mark))).toEqual(mark)
    expect((await faultOf(codec.learn('mark.state', foreign.id))).fault).toBe('UNREACHABLE')
    await server.restart()
    server.pause()
    expect((await faultOf(codec.learn('mark.state', foreign.id))).fault).toBe('UNREACHABLE')
    server.resume()
    expect(await codec.learn('mark.state', foreign.id)).toBe('known')
    expect(codec.decode('mark.state', foreignBytes)).toEqual(mark)
  })

  function address(timeoutMs: number) {
    return { url: server.url, username: '', password: null, timeoutMs }
  }
})
