// A TCP proxy between a client and a broker that loses answers, cuts and delays: the faults of a network, placed exactly. It
// knows the protocol's frames, so the answer to one kind of request can be lost and no other.
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { openConnection } from './proxied-connection.ts'
import type { Connection, Hub, Order } from './proxied-connection.ts'

/** API keys of the requests that tests meddle with. */
export const apiKeys = {
  produce: 0,
  fetch: 1,
  listOffsets: 2,
  metadata: 3,
  offsetCommit: 8,
  offsetFetch: 9,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  leaveGroup: 13,
  syncGroup: 14,
  initProducerId: 22,
  addPartitionsToTxn: 24,
  addOffsetsToTxn: 25,
  endTxn: 26,
  txnOffsetCommit: 28,
} as const

export interface Meddling {
  /** Kind of request; any, if left out. */
  readonly apiKey?: number
  /** `request`: it never reaches the broker. `answer` (default): the broker did it, the client is not told. */
  readonly at?: 'request' | 'answer'
  /**
   * `cut` (default) closes the connection then; `silence` leaves it open, and later frames pass; `pass` loses nothing: the
   * frame goes on after what is done meanwhile.
   */
  readonly then?: 'cut' | 'silence' | 'pass'
  /** So many matching frames pass before. */
  readonly after?: number
  /** Done while the frame is held, before the connection is cut: for instance a kill of the broker. */
  readonly meanwhile?: () => void | Promise<void>
}

export interface Proxy {
  /** Where clients connect, host:port. */
  readonly address: string
  /** Sets where connections lead from now on. */
  target(address: string): void
  /** Loses one frame. Resolves when that has happened. */
  lose(meddling?: Meddling): Promise<void>
  /** Closes every connection; new ones are taken. */
  cut(): void
  /** Closes every connection and takes no new ones until `open`. */
  close(): void
  open(): void
  /** Holds every answer back for so long; 0 ends it. */
  delay(answerMs: number): void
  /** Requests that came through since the start, by API key. */
  requests(apiKey: number): number
  stop(): Promise<void>
}

/** Starts a proxy. Its target can be given later, so that a broker can be told the proxy's address first. */
export async function startProxy(target?: string): Promise<Proxy> {
  const connections = new Set<Connection>()
  const counts = new Map<number, number>()
  const orders: Order[] = []
  let targetAddress = target
  let isOpen = true
  let delayMs = 0

  const hub: Hub = {
    delayMs: () => delayMs,
    count(apiKey) {
      counts.set(apiKey, (counts.get(apiKey) ?? 0) + 1)
    },
    take: (at, apiKey) => takeOrder(orders, at, apiKey),
  }
  const server = createServer((client) => {
    if (!isOpen || targetAddress === undefined) {
      client.destroy()
      return
    }
    const connection = openConnection(client, targetAddress, hub, () => {
      connections.delete(connection)
    })
    connections.add(connection)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const cut = () => {
    for (const connection of connections) connection.cut()
  }

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    target(address) {
      targetAddress = address
    },
    lose: (meddling = {}) =>
      new Promise((done, failed) => {
        orders.push({
          apiKey: meddling.apiKey,
          at: meddling.at ?? 'answer',
          then: meddling.then ?? 'cut',
          after: meddling.after ?? 0,
          meanwhile: meddling.meanwhile ?? (() => undefined),
          passed: 0,
          done,
          failed,
        })
      }),
    cut,
    close() {
      isOpen = false
      cut()
    },
    open() {
      isOpen = true
    },
    delay(answerMs) {
      delayMs = answerMs
    },
    requests: (apiKey) => counts.get(apiKey) ?? 0,
    stop() {
      cut()
      return new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
      })
    },
  }
}

/** The first order that this frame fulfils, removed from the list; the frame counts for all that wait for it. */
function takeOrder(orders: Order[], at: Order['at'], apiKey: number): Order | undefined {
  const index = orders.findIndex((order) => {
    if (order.at !== at || (order.apiKey !== undefined && order.apiKey !== apiKey)) return false
    order.passed += 1
    return order.passed > order.after
  })
  return index < 0 ? undefined : orders.splice(index, 1)[0]
}
