// What every schema registry does for us: the cases that the fake and a real one both pass.
import { describe, expect, test } from 'vitest'
import type { SchemaRegistry } from '../../../connectors/registry/port.ts'
import { openRegistryCodec } from '../../../connectors/registry/registry-codec.ts'
import { openSchemaRegistry } from '../../../connectors/registry/registry.ts'
import { createCodec } from '../../../schemas/codec.ts'
import { clockTick, safeModeCommand, safeModeState } from '../../../schemas/topics.ts'
import type { SafeModeCommand } from '../../../schemas/types.gen.ts'
import { faultOf } from './fault-of.ts'

const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more })
const schemaOf = (...fields: object[]): string =>
  JSON.stringify({ type: 'record', name: 'Sample', namespace: 'quantum.test', fields })

const first = schemaOf(field('a', 'int', { doc: 'first' }))
const second = schemaOf(field('a', 'int', { doc: 'first' }), field('b', 'int', { default: 0 }))
const breaking = schemaOf(field('a', 'int', { doc: 'first' }), field('c', 'int'))
const command: SafeModeCommand = {
  ...{ account: 'main', active: true, trigger: 'OPERATOR', reason: 'maintenance' },
  ...{ actor: 'operator', at_ms: 1_700_000_000_000 },
}

/** Runs the cases against the registry at an URL; `prefix` gives a new prefix of subjects each time. */
export function registryContract(urlOf: () => string, freshPrefix: () => string): void {
  const open = (): SchemaRegistry =>
    openSchemaRegistry({ url: urlOf(), username: '', password: null, timeoutMs: 10_000 })
  const fresh = () => ({ registry: open(), subject: `${freshPrefix()}sample-value` })

  describe('registering', () => {
    test('a schema gets an id and a version, and is found by id, by version and by text', async () => {
      const { registry, subject } = fresh()
      const registered = await registry.register(subject, first, 'BACKWARD_TRANSITIVE')
      expect(registered).toMatchObject({ version: 1, text: first })
      expect(JSON.parse((await registry.schema(registered.id))!)).toEqual(JSON.parse(first))
      expect(await registry.version(subject, 1)).toEqual(registered)
      expect(await registry.version(subject, 'latest')).toEqual(registered)
      expect(await registry.find(subject, first)).toEqual(registered)
      expect(await registry.subjects()).toContain(subject)
    })

    test('registering again changes nothing, however the text is formatted', async () => {
      const { registry, subject } = fresh()
      const registered = await registry.register(subject, first, 'BACKWARD_TRANSITIVE')
      const { fields, ...rest } = JSON.parse(first) as Record<string, unknown>
      for (const text of [
        first,
        JSON.stringify(JSON.parse(first), null, 2),
        JSON.stringify({ fields, ...rest }),
      ])
        expect(await registry.register(subject, text, 'BACKWARD_TRANSITIVE')).toEqual(registered)
      expect(await registry.versions(subject)).toEqual([1])
    })

    test('other docs are found as the same schema, and registered as a version of their own', async () => {
      const { registry, subject } = fresh()
      const registered = await registry.register(subject, first, 'BACKWARD_TRANSITIVE')
      const reworded = schemaOf(field('a', 'int', { doc: 'in other words' }))
      expect(await registry.find(subject, reworded)).toEqual(registered)
      expect(await registry.register(subject, reworded, 'BACKWARD_TRANSITIVE')).toMatchObject({
        version: 2,
      })
    })

    test('another default is another schema', async () => {
      const { registry, subject } = fresh()
      await registry.register(subject, second, 'BACKWARD_TRANSITIVE')
      const other = schemaOf(field('a', 'int', { doc: 'first' }), field('b', 'int', { default: 1 }))
      expect(await registry.find(subject, other)).toBeNull()
    })

    test('an amount stays an amount', async () => {
      const { registry, subject } = fresh()
      const money = schemaOf(field('m', { type: 'string', logicalType: 'decimal-string' }))
      const { id } = await registry.register(subject, money, 'BACKWARD_TRANSITIVE')
      expect(JSON.parse((await registry.schema(id))!)).toEqual(JSON.parse(money))
    })

    test('the first version is judged by the level already: it is set before', async () => {
      const { registry, subject } = fresh()
      await registry.register(subject, first, 'FULL_TRANSITIVE')
      expect(await registry.level(subject)).toBe('FULL_TRANSITIVE')
      await registry.setLevel(subject, 'BACKWARD_TRANSITIVE')
      expect(await registry.level(subject)).toBe('BACKWARD_TRANSITIVE')
      await registry.register(subject, first, 'FULL_TRANSITIVE')
      expect(await registry.level(subject)).toBe('FULL_TRANSITIVE')
    })

    test('a compatible change becomes the next version, a breaking one is refused with its subject', async () => {
      const { registry, subject } = fresh()
      await registry.register(subject, first, 'BACKWARD_TRANSITIVE')
      expect(await registry.register(subject, second, 'BACKWARD_TRANSITIVE')).toMatchObject({
        version: 2,
      })
      const { fault, text } = await faultOf(
        registry.register(subject, breaking, 'BACKWARD_TRANSITIVE'),
      )
      expect(fault).toBe('INCOMPATIBLE')
      expect(text).toContain(subject)
      expect(await registry.versions(subject)).toEqual([1, 2])
    })

    test('a change is judged against every version, not only the last', async () => {
      const { registry, subject } = fresh()
      const had = schemaOf(field('a', 'int'), field('b', 'string', { default: '' }))
      const lost = schemaOf(field('a', 'int'))
      const again = schemaOf(field('a', 'int'), field('b', 'int', { default: 0 }))
      await registry.register(subject, had, 'BACKWARD_TRANSITIVE')
      await registry.register(subject, lost, 'BACKWARD_TRANSITIVE')
      expect((await faultOf(registry.register(subject, again, 'BACKWARD_TRANSITIVE'))).fault).toBe(
        'INCOMPATIBLE',
      )
    })

    test('what is no schema is refused before it is sent', async () => {
      const { registry, subject } = fresh()
      const { fault, text } = await faultOf(
        registry.register(subject, '{"type":"nonsense"}', 'BACKWARD_TRANSITIVE'),
      )
      expect(fault).toBe('REFUSED')
      expect(text).toContain(subject)
    })
  })

  describe('asking', () => {
    test('what nobody registered is null or empty, not an error', async () => {
      const { registry, subject } = fresh()
      expect(await registry.versions(subject)).toEqual([])
      expect(await registry.version(subject, 'latest')).toBeNull()
      expect(await registry.version(subject, 7)).toBeNull()
      expect(await registry.find(subject, first)).toBeNull()
      expect(await registry.schema(2_000_000)).toBeNull()
      expect(await registry.level(subject)).toBeNull()
      expect(await registry.subjects()).not.toContain(subject)
    })

    test('the verdict on a change is given before anything is registered', async () => {
      const { registry, subject } = fresh()
      await registry.register(subject, first, 'BACKWARD_TRANSITIVE')
      expect(await registry.judge(subject, 1, second)).toMatchObject({ compatible: true })
      expect(await registry.judge(subject, 1, breaking)).toMatchObject({ compatible: false })
      expect(await registry.versions(subject)).toEqual([1])
    })

    test('an answer says that it is there', async () => {
      await expect(open().reach()).resolves.toBeUndefined()
    })
  })

  describe('the codec', () => {
    const topics = [clockTick, safeModeCommand, safeModeState]

    test('writes with the ids of the registry, and another process reads it', async () => {
      const prefix = freshPrefix()
      const open1 = { registry: open(), topics, prefix, autoRegister: true }
      const writer = await openRegistryCodec(open1)
      const bytes = writer.encode(safeModeCommand.name, command)
      const subject = `${prefix}safe_mode.command-value`
      expect(bytes.readInt32BE(1)).toBe((await open().version(subject, 'latest'))!.id)
      const reader = await openRegistryCodec({ ...open1, registry: open(), autoRegister: false })
      expect(reader.decode(safeModeCommand.name, bytes)).toEqual(command)
    })

    test('does not register by itself: it names every subject and the command', async () => {
      const prefix = freshPrefix()
      const { fault, text } = await faultOf(
        openRegistryCodec({ registry: open(), topics, prefix, autoRegister: false }),
      )
      expect(fault).toBe('NOT_FOUND')
      expect(text).toContain(`${prefix}safe_mode.command-value, ${prefix}safe_mode.state-value`)
      expect(text).not.toContain('clock.tick')
      expect(text).toContain('quantum schemas register')
      expect(await open().versions(`${prefix}safe_mode.command-value`)).toEqual([])
    })

    test('finds what was registered in another format', async () => {
      const prefix = freshPrefix()
      const { fields, ...rest } = JSON.parse(
        createCodec().writerSchema(safeModeCommand.name).text,
      ) as Record<string, unknown>
      const text = JSON.stringify({ fields, ...rest }, null, 2)
      const subject = `${prefix}safe_mode.command-value`
      const { id } = await open().register(subject, text, 'BACKWARD_TRANSITIVE')
      const only = { topics: [safeModeCommand], prefix, autoRegister: false }
      const codec = await openRegistryCodec({ registry: open(), ...only })
      expect(codec.writerSchema(safeModeCommand.name).id).toBe(id)
    })

    test('learns what an older and what a newer program wrote', async () => {
      const prefix = freshPrefix()
      const subject = `${prefix}safe_mode.command-value`
      const today = JSON.parse(createCodec().writerSchema(safeModeCommand.name).text) as {
        fields: { name: string }[]
      }
      const tomorrow = {
        ...today,
        fields: [...today.fields, field('note', 'string', { default: '' })],
      }
      const all = { registry: open(), topics: [safeModeCommand], prefix, autoRegister: true }
      const codec = await openRegistryCodec(all)
      const newer = await open().register(subject, JSON.stringify(tomorrow), 'BACKWARD_TRANSITIVE')
      const body = codec.encode(safeModeCommand.name, command).subarray(5)
      const head = Buffer.alloc(5)
      head.writeInt32BE(newer.id, 1)
      const bytes = Buffer.concat([head, body, Buffer.from([8]), Buffer.from('text')])
      expect(() => codec.decode(safeModeCommand.name, bytes)).toThrow('is not known')
      expect(await codec.learn(safeModeCommand.name, newer.id)).toBe('known')
      expect(codec.decode(safeModeCommand.name, bytes)).toEqual(command)
    })

    test('an id that nobody registered is missing', async () => {
      const prefix = freshPrefix()
      const all = { registry: open(), topics: [safeModeCommand], prefix, autoRegister: true }
      const codec = await openRegistryCodec(all)
      expect(await codec.learn(safeModeCommand.name, 2_000_000)).toBe('missing')
    })
  })
}
