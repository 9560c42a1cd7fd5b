// Faults that errors and codes become.
import {
  KafkaJSConnectionError,
  KafkaJSProtocolError,
  KafkaJSSASLAuthenticationError,
} from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { CODE } from '../../../../connectors/kafka/client/codes.ts'
import { KafkaError } from '../../../../connectors/kafka/client/kafka-error.ts'
import { assertKafkajsVersion } from '../../../../connectors/kafka/client/kafkajs-version.ts'
import {
  codeOf,
  isPassing,
  refused,
  translated,
  unsupported,
} from '../../../../connectors/kafka/client/translate.ts'

const asked = { broker: 'host:1', api: 'Produce', about: 'orders/3' }

/** Its published types say less than its constructors take. */
function libraryError(made: unknown, ...given: unknown[]): Error {
  return Reflect.construct(made as new () => Error, given) as Error
}

describe('a refusal of the broker', () => {
  test.for([
    [47, 'FENCED'],
    [48, 'FENCED'],
    [49, 'FENCED'],
    [82, 'FENCED'],
    [90, 'FENCED'],
    [10, 'TOO_LARGE'],
    [18, 'TOO_LARGE'],
    [1, 'OFFSET_OUT_OF_RANGE'],
    [3, 'TOPIC_MISSING'],
    [29, 'NOT_AUTHORISED'],
    [53, 'NOT_AUTHORISED'],
    [15, 'UNREACHABLE'],
    [6, 'UNREACHABLE'],
    [45, 'FAILED'],
    [59, 'FAILED'],
    [120, 'FAILED'],
    [-1, 'FAILED'],
    [9_999, 'FAILED'],
  ] as const)('with code %i is %s', ([code, fault]) => {
    expect(refused(code, asked).fault).toBe(fault)
  })

  test('names broker, request, subject and the word of the broker, also for codes that the library lacks', () => {
    expect(refused(90, asked, 'told').message).toBe(
      'Produce for orders/3 at broker host:1: PRODUCER_FENCED (90): told',
    )
    expect(refused(45, { ...asked, about: '' }).message).toBe(
      'Produce at broker host:1: OUT_OF_ORDER_SEQUENCE_NUMBER (45)',
    )
    expect(refused(9_999, asked).message).toContain('UNKNOWN_CODE (9999)')
  })

  test('keeps its code; what was no answer has none', () => {
    expect(codeOf(refused(15, asked))).toBe(15)
    expect(codeOf(translated(libraryError(KafkaJSConnectionError, 'closed'), asked))).toBe(null)
    expect(codeOf(new Error('x'))).toBe(null)
  })
})

describe('an error of the library', () => {
  test.for([
    [libraryError(KafkaJSConnectionError, 'closed'), 'UNREACHABLE'],
    [libraryError(KafkaJSSASLAuthenticationError, 'wrong'), 'NOT_AUTHORISED'],
    [Object.assign(new Error('untrusted'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'CONFIGURATION'],
    [Object.assign(new Error('name'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'CONFIGURATION'],
    [new RangeError('short'), 'FAILED'],
    ['text', 'FAILED'],
  ] as const)('%s is %s', ([error, fault]) => {
    const translation = translated(error, asked)
    expect(translation).toBeInstanceOf(KafkaError)
    expect(translation.fault).toBe(fault)
    expect(translation.message).toContain('Produce for orders/3 at broker host:1')
    expect(isPassing(translation)).toBe(fault === 'UNREACHABLE')
  })

  test('with a code of the broker is that refusal', () => {
    const error = libraryError(KafkaJSProtocolError, {
      type: 'NON_EMPTY_GROUP',
      code: 68,
      message: 'told',
    })
    expect(codeOf(translated(error, asked))).toBe(CODE.NON_EMPTY_GROUP)
  })

  test('says why none of several addresses answered', () => {
    const reasons = [new Error('connect ECONNREFUSED ::1:9'), new Error('connect ECONNREFUSED')]
    const error = Object.assign(new AggregateError(reasons), { code: 'ECONNREFUSED' })
    expect(translated(error, asked).message).toContain('::1:9; connect')
  })

  test('that is translated already stays as it is', () => {
    const error = new KafkaError('TOO_LARGE', 'x')
    expect(translated(error, asked)).toBe(error)
  })
})

test('a broker that is too old is told from the versions that it offers', () => {
  const error = unsupported(asked, 7, { minVersion: 0, maxVersion: 3 })
  expect(error.fault).toBe('CONFIGURATION')
  expect(error.message).toContain('speaks version 7, was 0 to 3')
  expect(unsupported(asked, 7, undefined).message).toContain('was none')
})

test('another version of the library is refused, the installed one is not', () => {
  expect(() => assertKafkajsVersion('2.2.5')).toThrow('expected kafkajs 2.2.4, was 2.2.5')
  assertKafkajsVersion()
})
