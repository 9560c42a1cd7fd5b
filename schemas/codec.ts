// The one place where records become bytes and back. Every runtime that stores bytes uses it.
// Wire form: magic 0, schema id (int32, big endian), Avro binary: the framing that schema registries use.
import { createHash } from 'node:crypto'
import avsc from 'avsc'
import { compileDecoder } from './decoder.ts'
import type { Decoder } from './decoder.ts'
import { bufferFull, compileEncoder, decimalText, invalidValue } from './encoder.ts'
import type { Encoder } from './encoder.ts'
import { readSchemas } from './read.ts'
import type { TopicName } from './topic.ts'

export type CodecFault = 'UNDECODABLE' | 'UNKNOWN_SCHEMA' | 'UNENCODABLE'

/** A record that can't be encoded or decoded; `fault` is the cause a dead letter carries. */
export class CodecError extends Error {
  override readonly name = 'CodecError'
  readonly fault: CodecFault
  constructor(fault: CodecFault, text: string) {
    super(text)
    this.fault = fault
  }
}

export interface Codec {
  /** Bytes of a value, or a CodecError UNENCODABLE that names the field. */
  encode(topic: TopicName, value: unknown): Buffer
  /** Encodes into a buffer that the next call overwrites: for checking and measuring, not for keeping. */
  encodeShared(topic: TopicName, value: unknown): Buffer
  /** Encodes at an offset of the caller's buffer. Gives the end, or -1 when it does not fit. */
  encodeInto(topic: TopicName, value: unknown, buffer: Buffer, offset: number): number
  /** A plain object, or a CodecError UNDECODABLE or UNKNOWN_SCHEMA. */
  decode(topic: TopicName, bytes: Uint8Array): unknown
  /** Id and text of the schema that this codec writes for a topic. */
  writerSchema(topic: TopicName): { readonly id: number; readonly text: string }
}

class DecimalString extends avsc.types.LogicalType {
  /** Damaged bytes must not become an amount that nobody can count with. */
  protected override _fromValue(value: unknown): unknown {
    if (typeof value === 'string' && decimalText.test(value)) return value
    throw new Error(`expected a decimal number, was ${JSON.stringify(value)}`)
  }
  protected override _toValue(value: unknown): unknown {
    return typeof value === 'string' && decimalText.test(value) ? value : undefined
  }
  /** An older schema's amount, or its text before it was called an amount. */
  protected override _resolve(type: avsc.Type): ((value: unknown) => unknown) | undefined {
    const isText = type instanceof DecimalString || type instanceof avsc.types.StringType
    return isText ? (value) => this._fromValue(value) : undefined
  }
}

interface Writer {
  readonly type: avsc.Type
  readonly id: number
  readonly text: string
  readonly encoder: Encoder
  readonly decoder: Decoder
  readonly plain: (value: never) => unknown
}

/**
 * A codec over the schemas of this folder. `foreignSchema` gives the text of a schema that somebody else wrote with,
 * by topic and id; records written with it are resolved to today's schema. `writerId` gives the id that records of a topic
 * are written with: a registry's, where there is one, else a hash of the schema. It is asked once for each topic.
 */
export function createCodec(
  foreignSchema: (topic: TopicName, id: number) => string | undefined = () => undefined,
  writerId: (topic: TopicName) => number | undefined = () => undefined,
): Codec {
  const schemas = readSchemas()
  const writers = new Map<string, Writer>()
  const resolvers = new Map<string, object>()
  let shared: Buffer = Buffer.allocUnsafe(64 * 1024)

  const writerOf = (topic: TopicName): Writer => {
    const known = writers.get(topic)
    if (known !== undefined) return known
    const schema = schemas.get(topic)
    if (schema === undefined) throw new CodecError('UNKNOWN_SCHEMA', `${topic}: no schema file`)
    const type = avroTypeOf(schema)
    const text = JSON.stringify(schema)
    const writer = {
      type,
      id: writerId(topic) ?? schemaId(type),
      text,
      encoder: compileEncoder(schema),
      decoder: compileDecoder(schema),
      plain: plainCopier(type),
    }
    writers.set(topic, writer)
    return writer
  }

  const resolverFor = (topic: TopicName, type: avsc.Type, writtenWith: number): object => {
    const name = `${topic}#${String(writtenWith)}`
    const known = resolvers.get(name)
    if (known !== undefined) return known
    const text = foreignSchema(topic, writtenWith)
    if (text === undefined)
      throw new CodecError(
        'UNKNOWN_SCHEMA',
        `${topic}: schema id ${String(writtenWith)} is not known`,
      )
    const resolver = resolverOf(topic, type, text)
    resolvers.set(name, resolver)
    return resolver
  }

  let view: DataView = new DataView(shared.buffer, shared.byteOffset, shared.byteLength)
  let viewed: Buffer = shared

  const encodeInto = (topic: TopicName, value: unknown, buffer: Buffer, offset: number): number => {
    const { type, id, encoder } = writerOf(topic)
    if (offset + 5 > buffer.length) return -1
    if (buffer !== viewed) {
      view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
      viewed = buffer
    }
    buffer[offset] = 0
    view.setInt32(offset + 1, id)
    try {
      return encoder(value, buffer, view, offset + 5)
    } catch (error) {
      if (error === bufferFull) return -1
      if (error !== invalidValue) throw error
      const fields = invalidFields(type, value) || 'expected every long within 2^52 of 0'
      throw new CodecError('UNENCODABLE', `${topic}: ${fields}`)
    }
  }

  const encodeShared = (topic: TopicName, value: unknown): Buffer => {
    for (;;) {
      const end = encodeInto(topic, value, shared, 0)
      if (end >= 0) return shared.subarray(0, end)
      shared = Buffer.allocUnsafe(4 * shared.length)
    }
  }

  return {
    encodeInto,
    encodeShared,
    encode: (topic, value) => Buffer.from(encodeShared(topic, value)),
    decode(topic, bytes) {
      const { type, id, decoder, plain } = writerOf(topic)
      const buffer = Buffer.isBuffer(bytes)
        ? bytes
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      if (buffer.length < 5 || buffer[0] !== 0)
        throw new CodecError(
          'UNDECODABLE',
          `${topic}: expected magic byte 0, was ${String(buffer[0])}`,
        )
      const writtenWith = buffer.readInt32BE(1)
      const resolver = writtenWith === id ? null : resolverFor(topic, type, writtenWith)
      try {
        if (resolver === null) return decoder(buffer, 5)
        const decoded: { value: unknown; offset: number } = type.decode(buffer, 5, resolver)
        if (decoded.offset !== buffer.length)
          throw new Error(`expected ${String(buffer.length)} bytes, was ${String(decoded.offset)}`)
        return plain(decoded.value as never)
      } catch (error) {
        throw new CodecError(
          'UNDECODABLE',
          `${topic}: ${error instanceof Error ? error.message : String(error)}`,
        )
      }
    },
    writerSchema: (topic) => writerOf(topic),
  }
}

/** How a record of another schema is read as one of today's. */
function resolverOf(topic: TopicName, type: avsc.Type, writtenWith: string): object {
  try {
    return type.createResolver(avroTypeOf(JSON.parse(writtenWith)))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CodecError(
      'UNDECODABLE',
      `${topic}: expected a schema that can be read as today's: ${reason}`,
    )
  }
}

/** The type of a schema, amounts included. Throws when it is no Avro schema. */
export function avroTypeOf(schema: unknown): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema, {
    logicalTypes: { 'decimal-string': DecimalString },
  })
}

/** The first 31 bits of the SHA-256 of the schema's canonical form. */
function schemaId(type: avsc.Type): number {
  const canonical = JSON.stringify(type.schema())
  return createHash('sha256').update(canonical).digest().readInt32BE(0) & 0x7fffffff
}

function invalidFields(type: avsc.Type, value: unknown): string {
  const found: string[] = []
  type.isValid(value, {
    errorHook: (path, any, expected) => {
      found.push(`${path.join('.')}: expected ${expected.toString()}, was ${JSON.stringify(any)}`)
    },
  })
  return found.slice(0, 3).join('; ')
}

/** avsc gives instances of generated classes: this copies them to plain objects, nested records included. */
function plainCopier(type: avsc.Type): (value: never) => unknown {
  if (type instanceof avsc.types.RecordType) {
    const nested = type.fields
      .map((field) => [field.name, nestedCopier(field.type)] as const)
      .filter((pair): pair is [string, (value: never) => unknown] => pair[1] !== null)
    return (value: Record<string, never>) => {
      const plain: Record<string, unknown> = { ...value }
      for (const [name, copy] of nested) plain[name] = copy(value[name]!)
      return plain
    }
  }
  return (value) => value
}

function nestedCopier(type: avsc.Type): ((value: never) => unknown) | null {
  if (type instanceof avsc.types.RecordType) return plainCopier(type)
  if (type instanceof avsc.types.ArrayType) {
    const copy = nestedCopier(type.itemsType)
    return copy === null ? null : (values: never[]) => values.map(copy)
  }
  if (type instanceof avsc.types.UnwrappedUnionType) {
    const record = type.types.find((member) => member instanceof avsc.types.RecordType)
    const copy = record === undefined ? null : plainCopier(record)
    return copy === null ? null : (value: never) => (value === null ? null : copy(value))
  }
  return null
}
