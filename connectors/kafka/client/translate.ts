// The one place where errors of the library and codes of the broker become faults that the runtime decides by.
import { faultOfCode, nameOfCode } from './codes.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaFault } from './kafka-error.ts'

/** What was asked for, and of whom. */
export interface Asked {
  /** host:port, or the broker's number. */
  readonly broker: string
  /** Name of the request, such as `Produce`. */
  readonly api: string
  /** Topic and partition, group or transactional id; empty when it is about none. */
  readonly about: string
}

interface Refusal {
  readonly code: number
}

/** The broker answered, and refused. */
export function refused(code: number, asked: Asked, detail: string | null = null): KafkaError {
  const cause: Refusal = { code }
  const told = detail === null || detail === '' ? '' : `: ${detail}`
  return new KafkaError(faultOfCode(code), `${text(asked)}: ${nameOfCode(code)}${told}`, cause)
}

/** Code of the broker's answer that an error stands for; null when there was no answer. */
export function codeOf(error: unknown): number | null {
  const cause = error instanceof KafkaError ? error.cause : null
  return typeof cause === 'object' && cause !== null && 'code' in cause
    ? typeof cause.code === 'number'
      ? cause.code
      : null
    : null
}

/** True when the same may go through later: no broker answered, or it is not ready, or it is no longer the right one. */
export function isPassing(error: unknown): boolean {
  return error instanceof KafkaError && error.fault === 'UNREACHABLE'
}

/** Anything thrown on the way to a broker, as a KafkaError that names broker, request and subject. */
export function translated(error: unknown, asked: Asked): KafkaError {
  if (error instanceof KafkaError) return error
  const shape = shapeOf(error)
  if (typeof shape.code === 'number' && shape.code > 0)
    return refused(shape.code, asked, shape.message)
  return new KafkaError(faultOf(shape), `${text(asked)}: ${shape.message}`, error)
}

/** Refused before it was sent: the broker can't do what the client needs. */
export function unsupported(
  asked: Asked,
  version: number,
  offered: { readonly minVersion: number; readonly maxVersion: number } | undefined,
): KafkaError {
  const was = offered === undefined ? 'none' : `${offered.minVersion} to ${offered.maxVersion}`
  return new KafkaError(
    'CONFIGURATION',
    `${text(asked)}: expected a broker that speaks version ${version}, was ${was}`,
  )
}

function text({ broker, api, about }: Asked): string {
  return `${api}${about === '' ? '' : ` for ${about}`} at broker ${broker}`
}

interface ErrorShape {
  readonly name: string
  readonly message: string
  readonly code: unknown
}

function shapeOf(error: unknown): ErrorShape {
  if (!(error instanceof Error)) return { name: '', message: String(error), code: null }
  const code = 'code' in error ? error.code : null
  const reasons = withReasons(error)
  const message =
    typeof code === 'string' && !reasons.includes(code) ? `${reasons} (${code})` : reasons
  return { name: error.name, message, code }
}

/** Several addresses of one host were tried: Node's own text is empty then. */
function withReasons(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message
  return error.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ')
}

/** Text codes of Node for a certificate or a handshake that will not get better by itself. */
const tlsCode = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH|^ERR_(SSL|TLS)|^EPROTO/

function faultOf({ name, code }: ErrorShape): KafkaFault {
  if (typeof code === 'string' && tlsCode.test(code)) return 'CONFIGURATION'
  switch (name) {
    case 'KafkaJSSASLAuthenticationError':
      return 'NOT_AUTHORISED'
    case 'KafkaJSServerDoesNotSupportApiKey':
      return 'CONFIGURATION'
    case 'KafkaJSConnectionError':
    case 'KafkaJSConnectionClosedError':
    case 'RequestTimeout':
      return 'UNREACHABLE'
    default:
      return 'FAILED'
  }
}
