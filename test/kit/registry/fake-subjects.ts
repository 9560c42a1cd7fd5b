// What the fake registry knows and how it answers: subjects, versions, ids, levels, compatibility. Error codes are Confluent's.
import { avroTypeOf } from '../../../schemas/codec.ts'
import { contentOf } from '../../../schemas/meaning.ts'

export interface Request {
  readonly method: string
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly body: Record<string, unknown>
}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

interface Version {
  readonly id: number
  readonly version: number
  readonly text: string
}

const levels = ['NONE', 'BACKWARD', 'FORWARD', 'FULL'].flatMap((one) =>
  one === 'NONE' ? [one] : [one, `${one}_TRANSITIVE`],
)
const fault = (status: number, code: number, message: string): Answer => ({
  status,
  body: { error_code: code, message },
})
const ok = (body: unknown): Answer => ({ status: 200, body })
const noSubject = (subject: string): Answer => fault(404, 40401, `Subject '${subject}' not found.`)
const noVersion = (version: string): Answer => fault(404, 40402, `Version ${version} not found.`)

/** White space never counts, the order of attributes only without `normalize`. */
const keyOf = (text: string, query: URLSearchParams): string =>
  query.get('normalize') === 'true' ? contentOf(text) : JSON.stringify(JSON.parse(text))

export function createSubjects(globalLevel: string): (request: Request) => Answer {
  const subjects = new Map<string, Version[]>()
  const ownLevels = new Map<string, string>()
  const texts: string[] = []

  const idOf = (text: string): number => {
    const index = texts.indexOf(text)
    return index >= 0 ? index + 1 : texts.push(text)
  }
  const find = (subject: string, { body, query }: Request): Version | undefined => {
    const wanted = keyOf(String(body['schema']), query)
    return subjects.get(subject)?.find(({ text }) => keyOf(text, query) === wanted)
  }
  const register = (subject: string, request: Request): Answer => {
    const text = String(request.body['schema'])
    if (!isAvro(text)) return fault(422, 42201, `Invalid schema ${text}`)
    const known = find(subject, request)
    if (known !== undefined) return ok({ id: known.id })
    const versions = subjects.get(subject) ?? []
    const level = ownLevels.get(subject) ?? globalLevel
    const earlier = level.endsWith('_TRANSITIVE') ? versions : versions.slice(-1)
    if (!earlier.every((one) => isCompatible(level, text, one.text)))
      return fault(409, 409, `Schema being registered is incompatible for subject "${subject}"`)
    const version = (versions.at(-1)?.version ?? 0) + 1
    const id = idOf(JSON.stringify(JSON.parse(text)))
    subjects.set(subject, [...versions, { id, version, text }])
    return ok({ id })
  }
  const versionOf = (subject: string, version: string): Answer => {
    const versions = subjects.get(subject)
    if (versions === undefined) return noSubject(subject)
    const found =
      version === 'latest' ? versions.at(-1) : versions.find((v) => String(v.version) === version)
    if (found === undefined) return noVersion(version)
    return ok({ subject, id: found.id, version: found.version, schema: found.text })
  }
  const judge = (subject: string, version: string, request: Request): Answer => {
    const text = String(request.body['schema'])
    if (!isAvro(text)) return fault(422, 42201, `Invalid schema ${text}`)
    const earlier = versionOf(subject, version)
    if (earlier.status !== 200) return earlier
    const level = ownLevels.get(subject) ?? globalLevel
    const { schema } = earlier.body as { schema: string }
    return ok({ is_compatible: isCompatible(level, text, schema) })
  }
  const config = (subject: string, { method, body }: Request): Answer => {
    if (method === 'GET') {
      const level = ownLevels.get(subject)
      if (level !== undefined) return ok({ compatibilityLevel: level })
      return fault(404, 40408, `Subject '${subject}' has no subject-level compatibility configured`)
    }
    const level = String(body['compatibility'])
    if (!levels.includes(level)) return fault(422, 42203, `Invalid compatibility level ${level}`)
    ownLevels.set(subject, level)
    return ok({ compatibility: level })
  }

  return (request) => {
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = request.path
    switch (`${request.method} ${first} ${String(request.path.length)}`) {
      case 'GET schemas 2':
        return ok(['AVRO'])
      case 'GET schemas 3': {
        const schema = texts[Number(third) - 1]
        return schema === undefined
          ? fault(404, 40403, `Schema ${third} not found`)
          : ok({ schema })
      }
      case 'GET subjects 1':
        return ok([...subjects.keys()])
      case 'POST subjects 2': {
        if (!subjects.has(second)) return noSubject(second)
        const found = find(second, request)
        if (found === undefined) return fault(404, 40403, 'Schema not found')
        return ok({ subject: second, id: found.id, version: found.version, schema: found.text })
      }
      case 'GET subjects 3': {
        const versions = subjects.get(second)
        return versions === undefined ? noSubject(second) : ok(versions.map((one) => one.version))
      }
      case 'POST subjects 3':
        return register(second, request)
      case 'GET subjects 4':
        return versionOf(second, fourth)
      case 'POST compatibility 5':
        return judge(third, fifth, request)
      case 'GET config 2':
      case 'PUT config 2':
        return config(second, request)
      default:
        return { status: 404, body: '<h1>Not Found</h1>' }
    }
  }
}

function isAvro(text: string): boolean {
  try {
    avroTypeOf(JSON.parse(text))
    return true
  } catch {
    return false
  }
}

function isCompatible(level: string, newer: string, older: string): boolean {
  const backward = /^(BACKWARD|FULL)/.test(level) ? reads(newer, older) : true
  const forward = /^(FORWARD|FULL)/.test(level) ? reads(older, newer) : true
  return backward && forward
}

function reads(reader: string, writer: string): boolean {
  try {
    avroTypeOf(JSON.parse(reader)).createResolver(avroTypeOf(JSON.parse(writer)))
    return true
  } catch {
    return false
  }
}
