// Somebody outside who reads what is committed, with Confluent's own client in Python: it shares no code with what it reads.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pythonOf } from '../../kit/broker/python.ts'

export interface Seen {
  readonly partition: number
  readonly offset: number
  readonly key: string
  /** The fields that were asked for, in their order; null for a tombstone. */
  readonly fields: readonly unknown[] | null
}

export interface Offsets {
  /** Next offsets by group, then by `topic partition`. */
  readonly committed: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** By `topic partition`: the end of what is decided, and the end of everything. */
  readonly ends: ReadonlyMap<string, { readonly stable: number; readonly high: number }>
}

export interface Witness {
  /** Everything committed so far, by topic, in the order of each partition. */
  readonly seen: ReadonlyMap<string, readonly Seen[]>
  /** Reads what was committed before the call and gives how many records are new. */
  look(): Promise<number>
  offsets(groups: readonly string[]): Promise<Offsets>
  /** Leaves an aborted record, and one of its own that counts between the record and its end if asked for. */
  abort(
    topic: string,
    partition: number,
    value: Uint8Array,
    between?: readonly [key: string, value: Uint8Array],
  ): Promise<void>
  /** A topic was deleted and made again; what was seen of the former one stays seen. */
  anew(topic: string): Promise<void>
  /** Learns the schema of a record before the registry is gone. */
  learn(value: Uint8Array): Promise<void>
  end(): void
}

export interface WitnessOptions {
  readonly brokers: readonly string[]
  readonly registryUrl: string
  readonly prefix: string
  /** Topics that it reads, with the fields that it tells of. */
  readonly fields: Readonly<Record<string, readonly string[]>>
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export async function startWitness(options: WitnessOptions): Promise<Witness> {
  const { brokers, registryUrl, prefix, fields } = options
  const script = join(import.meta.dirname, 'witness.py')
  const child = spawn(
    await pythonOf(),
    [script, brokers.join(','), registryUrl, prefix, JSON.stringify(fields)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const seen = new Map<string, Seen[]>(Object.keys(fields).map((topic) => [topic, []]))
  let last: Promise<unknown> = Promise.resolve()

  /** One question after the other. A broker that is away at the moment is asked again by the caller. */
  const ask = <T>(...command: readonly unknown[]): Promise<T> => {
    const answered = last.then(async () => {
      child.stdin.write(`${JSON.stringify(command)}\n`)
      const line = await lines.next()
      if (line.done === true) throw new Error('the witness ended')
      const answer = JSON.parse(line.value) as T & { error?: string }
      if (answer.error !== undefined) throw new Error(`the witness: ${answer.error}`)
      return answer
    })
    last = answered.catch(() => undefined)
    return answered
  }

  return {
    seen,
    async look() {
      type Row = [string, number, number, string | null, unknown[] | null]
      const { records } = await ask<{ records: Row[] }>('look')
      for (const [topic, partition, offset, key, picked] of records)
        seen.get(topic)!.push({ partition, offset, key: key ?? '', fields: picked })
      return records.length
    },
    async offsets(groups) {
      const { committed, ends } = await ask<{
        committed: Record<string, [string, number, number][]>
        ends: [string, number, number, number][]
      }>('offsets', groups)
      return {
        committed: new Map(
          Object.entries(committed).map(([group, rows]) => [
            group,
            new Map(rows.map(([topic, partition, offset]) => [`${topic} ${partition}`, offset])),
          ]),
        ),
        ends: new Map(
          ends.map(([topic, partition, stable, high]) => [
            `${topic} ${partition}`,
            { stable, high },
          ]),
        ),
      }
    },
    async anew(topic) {
      await ask('anew', topic)
    },
    async learn(value) {
      await ask('learn', hex(value))
    },
    async abort(topic, partition, value, between) {
      const own = between === undefined ? null : [between[0], hex(between[1])]
      await ask('abort', topic, partition, hex(value), own)
    },
    end() {
      child.kill('SIGKILL')
    },
  }
}
