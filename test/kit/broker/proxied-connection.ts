// One connection through the proxy: a socket to the client, one to the broker, and frames that go from one to the other unless
// an order says that this one is lost.
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { answerCorrelation, frameSplitter, requestCorrelation, requestKey } from './kafka-frames.ts'

/** One frame to lose. */
export interface Order {
  readonly apiKey: number | undefined
  readonly at: 'request' | 'answer'
  readonly then: 'cut' | 'silence' | 'pass'
  readonly after: number
  readonly meanwhile: () => void | Promise<void>
  /** Matching frames seen so far. */
  passed: number
  readonly done: () => void
  readonly failed: (cause: unknown) => void
}

/** What a connection needs of the proxy. */
export interface Hub {
  delayMs(): number
  count(apiKey: number): void
  /** The order that this frame fulfils, if any. */
  take(at: Order['at'], apiKey: number): Order | undefined
}

export interface Connection {
  cut(): void
}

/** Connects to the target and forwards until either side closes. */
export function openConnection(
  client: Socket,
  target: string,
  hub: Hub,
  onEnd: () => void,
): Connection {
  const at = target.lastIndexOf(':')
  const broker = connect(Number(target.slice(at + 1)), target.slice(0, at))
  client.setNoDelay(true)
  broker.setNoDelay(true)
  const apiKeys = new Map<number, number>()
  const answer = delayedWriter(client, hub)
  const cut = () => {
    client.destroy()
    broker.destroy()
    onEnd()
  }

  client.on(
    'data',
    frameSplitter((frame) => {
      const apiKey = requestKey(frame)
      hub.count(apiKey)
      const pass = () => {
        apiKeys.set(requestCorrelation(frame), apiKey)
        broker.write(frame)
      }
      const order = hub.take('request', apiKey)
      if (order === undefined) pass()
      else lose(order, cut, pass)
    }),
  )
  broker.on(
    'data',
    frameSplitter((frame) => {
      const correlation = answerCorrelation(frame)
      const order = hub.take('answer', apiKeys.get(correlation) ?? -1)
      apiKeys.delete(correlation)
      const pass = () => answer(frame)
      if (order === undefined) pass()
      else lose(order, cut, pass)
    }),
  )
  // One side ends: so does the other. An error is followed by a close.
  for (const socket of [client, broker]) {
    socket.on('error', cut)
    socket.on('close', cut)
  }
  return { cut }
}

function lose(order: Order, cut: () => void, pass: () => void): void {
  Promise.resolve(order.meanwhile()).then(() => {
    if (order.then === 'cut') cut()
    if (order.then === 'pass') pass()
    order.done()
  }, order.failed)
}

/** Writes frames in their order, each as late as the proxy says when it comes. */
function delayedWriter(socket: Socket, hub: Hub): (frame: Buffer) => void {
  const waiting: { readonly frame: Buffer; readonly dueMs: number }[] = []
  const writeDue = () => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const leftMs = next.dueMs - performance.now()
      if (leftMs > 0) {
        setTimeout(writeDue, leftMs)
        return
      }
      socket.write(next.frame)
      waiting.shift()
    }
  }
  return (frame) => {
    waiting.push({ frame, dueMs: performance.now() + hub.delayMs() })
    if (waiting.length === 1) writeDue()
  }
}
