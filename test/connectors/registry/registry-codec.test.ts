// The codec and its registry: who is asked when, and what goes on while nobody answers.
import { SchemaRegistry as OutsideReader } from '@kafkajs/confluent-schema-registry'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRegistryCodec } from '../../../connectors/registry/registry-codec.ts'
import type { RegistryCodec } from '../../../connectors/registry/registry-codec.ts'
import { openSchemaRegistry } from '../../../connectors/registry/registry.ts'
import { CodecError, createCodec } from '../../../schemas/codec.ts'
import { compatibilityOf } from '../../../schemas/topic.ts'
import type { Topic } from '../../../schemas/topic.ts'
import { exitBrainChangelog, markState, priceUpdate, topics } from '../../../schemas/topics.ts'
import type { FakeRegistry } from '../../kit/registry/fake-registry.ts'
import { startFakeRegistry } from '../../kit/registry/fake-registry.ts'
import { markOf } from '../../kit/records.ts'
import { faultOf } from './fault-of.ts'

let fake: FakeRegistry
beforeEach(async () => {
  fake = await startFakeRegistry()
})
afterEach(() => fake.stop())

const subject = 'mark.state-value'
const mark = markOf({ price: 77 })
const open = (timeoutMs = 5_000) =>
  openSchemaRegistry({ url: fake.url, username: '', password: null, timeoutMs })
const openCodec = (
  autoRegister: boolean,
  chosen: readonly Topic[] = [markState, priceUpdate, exitBrainChangelog],
): Promise<RegistryCodec> =>
  openRegistryCodec({ registry: open(), topics: chosen, prefix: '', autoRegister })

/** Makes another program's schema known to the registry, and gives its id. */
async function registerForeign(): Promise<number> {
  const today = JSON.parse(createCodec().writerSchema('mark.state').text) as object
  const { id } = await open().register(
    subject,
    JSON.stringify({ ...today, doc: 'in other words' }),
    compatibilityOf(markState),
  )
  return id
}

function under(id: number, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeInt32BE(id, 1)
  return copy
}

test('all topics are looked up with one question each, a few at a time', async () => {
  await openCodec(true, topics)
  const before = fake.requests()
  const codec = await openCodec(false, topics)
  const stored = topics.filter((topic) => topic.kind !== 'clock')
  expect(fake.requests() - before).toBe(stored.length)
  expect(fake.busiest()).toBeLessThanOrEqual(8)
  const ids = stored.map((topic) => codec.writerSchema(topic.name).id)
  expect(new Set(ids).size).toBe(stored.length)
})

test('state is registered both ways, events for newer readers', async () => {
  await openCodec(true)
  expect(await open().level(subject)).toBe('FULL_TRANSITIVE')
  expect(await open().level('exit_brain.changelog-value')).toBe('FULL_TRANSITIVE')
  expect(await open().level('price.update-value')).toBe('BACKWARD_TRANSITIVE')
})

test('encoding, decoding and what was learned need no registry any more', async () => {
  const codec = await openCodec(true)
  const foreign = await registerForeign()
  const ownBytes = codec.encode('mark.state', mark)
  expect(await codec.learn('mark.state', foreign)).toBe('known')
  await fake.stop()
  expect(codec.encode('mark.state', mark)).toEqual(ownBytes)
  expect(codec.decode('mark.state', ownBytes)).toEqual(mark)
  expect(codec.decode('mark.state', under(foreign, ownBytes))).toEqual(mark)
  expect(await codec.learn('mark.state', foreign)).toBe('known')
})

test('an unknown id waits for the registry: unreachable while it is away, known when it is back', async () => {
  const codec = await openCodec(true)
  const foreign = await registerForeign()
  const bytes = under(foreign, codec.encode('mark.state', mark))
  await fake.stop()
  const { fault, text } = await faultOf(codec.learn('mark.state', foreign))
  expect(fault).toBe('UNREACHABLE')
  expect(text).toContain(`schema id ${String(foreign)}`)
  expect(() => codec.decode('mark.state', bytes)).toThrow(CodecError)
  await fake.start()
  expect(await codec.learn('mark.state', foreign)).toBe('known')
  expect(codec.decode('mark.state', bytes)).toEqual(mark)
})

test('many records of one unknown id ask once', async () => {
  const codec = await openCodec(true)
  const foreign = await registerForeign()
  const before = fake.requests()
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => codec.learn('mark.state', foreign)),
  )
  expect(new Set(answers)).toEqual(new Set(['known']))
  expect(fake.requests() - before).toBe(1)
})

test('a record under the schema of another topic is undecodable, not unknown', async () => {
  const codec = await openCodec(true)
  const { id } = codec.writerSchema('price.update')
  const bytes = under(id, codec.encode('mark.state', mark))
  expect(() => codec.decode('mark.state', bytes)).toThrow('is not known')
  expect(await codec.learn('mark.state', id)).toBe('known')
  expect(() => codec.decode('mark.state', bytes)).toThrow('expected a schema that can be read')
})

test('a topic that was not opened can not be written under a made-up id', async () => {
  const codec = await openCodec(true, [markState])
  expect(() => codec.encode('price.update', {})).toThrow('it was not opened with this codec')
})

test('a registry that is away when the codec is opened is unreachable', async () => {
  await fake.stop()
  expect((await faultOf(openCodec(false))).fault).toBe('UNREACHABLE')
})

test('a reader that is not ours decodes what was written', async () => {
  const codec = await openCodec(true)
  const reader = new OutsideReader({ host: fake.url })
  expect(await reader.decode(codec.encode('mark.state', mark))).toEqual(
    expect.objectContaining(mark),
  )
})
