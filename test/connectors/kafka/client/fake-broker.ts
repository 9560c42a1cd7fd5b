// A server that speaks just enough of the protocol to be found as a broker: for what one real broker can't show, such as
// leaders that move to another.
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { wireReader, wireWriter } from '../../../../connectors/kafka/client/wire.ts'
import type { WireReader, WireWriter } from '../../../../connectors/kafka/client/wire.ts'

/** Writes the answer's body. Returned `false` gives none, bytes are sent as they are in its stead. */
export type Answer = (body: WireReader, answer: WireWriter) => unknown

export interface FakeBroker {
  readonly host: string
  readonly port: number
  readonly address: string
  /** Requests that came, by API key. */
  readonly asked: number[]
  on(apiKey: number, answer: Answer): void
  /** Closes all connections, and takes new ones. */
  cut(): void
  /** Resets all connections, as a process does that dies with bytes unread. */
  reset(): void
  stop(): Promise<void>
}

export const metadataKey = 3
const apiVersionsKey = 18

export async function startFakeBroker(): Promise<FakeBroker> {
  const answers = new Map<number, Answer>()
  const asked: number[] = []
  const sockets = new Set<Socket>()
  answers.set(apiVersionsKey, (_body, answer) => {
    answer.int16(0)
    answer.list(
      Array.from({ length: 60 }, (_, apiKey) => apiKey),
      (apiKey) => answer.int16(apiKey).int16(0).int16(12),
    )
    answer.int32(0)
  })

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    let buffered = Buffer.alloc(0)
    socket.on('data', (data) => {
      buffered = Buffer.concat([buffered, data])
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
        const end = 4 + buffered.readInt32BE(0)
        const request = wireReader(buffered.subarray(4, end))
        buffered = buffered.subarray(end)
        const apiKey = request.int16()
        request.int16()
        const correlationId = request.int32()
        request.nullableString()
        asked.push(apiKey)
        const answer = wireWriter().int32(correlationId)
        const told = answers.get(apiKey)?.(request, answer)
        if (Buffer.isBuffer(told)) socket.write(told)
        else if (told !== false) socket.write(wireWriter().bytes(answer.finish()).finish())
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    host: '127.0.0.1',
    port,
    address: `127.0.0.1:${port}`,
    asked,
    on(apiKey, answer) {
      answers.set(apiKey, answer)
    },
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    stop() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

/** Metadata: brokers by number, and for each topic asked for its leaders by partition, or its error code. */
export function metadataAnswer(
  brokers: Readonly<Record<number, FakeBroker>>,
  topics: Readonly<Record<string, readonly number[] | number>>,
): Answer {
  return (body, answer) => {
    const names = body.list(() => body.string())
    answer.int32(0)
    answer.list(Object.entries(brokers), ([nodeId, { host, port }]) =>
      answer.int32(Number(nodeId)).string(host).int32(port).nullableString(null),
    )
    answer.nullableString('cluster').int32(Number(Object.keys(brokers)[0]))
    answer.list(names, (name) => {
      const told = topics[name] ?? 3
      answer
        .int16(typeof told === 'number' ? told : 0)
        .string(name)
        .boolean(false)
      const leaders = typeof told === 'number' ? [] : told
      answer.list(
        leaders.map((leader, partition) => ({ leader, partition })),
        ({ leader, partition }) => {
          answer
            .int16(leader < 0 ? 5 : 0)
            .int32(partition)
            .int32(leader)
          answer.list([leader], (node) => answer.int32(node))
          answer.list([leader], (node) => answer.int32(node))
        },
      )
    })
  }
}
