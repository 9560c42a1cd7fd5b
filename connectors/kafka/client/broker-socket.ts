// One socket to a broker: kafkajs' connection (framing, TLS, SASL), used once and never reconnected, since its remains
// of a broken answer would be read as the begin of the next. What else is corrected in it stands here.
import net from 'node:net'
import type { Socket } from 'node:net'
import tls from 'node:tls'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { KafkajsLogger } from 'kafkajs/src/loggers/index.js'
import Connection from 'kafkajs/src/network/connection.js'
import type {
  KafkajsRequest,
  KafkajsSasl,
  KafkajsVersions,
} from 'kafkajs/src/network/connection.js'
import protocol from 'kafkajs/src/protocol/requests/index.js'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface SocketOptions {
  readonly clientId: string
  readonly ssl: TlsOptions | null
  readonly sasl: KafkajsSasl | null
  /** Longest wait for the socket, TLS and authentication together. */
  readonly connectTimeoutMs: number
  readonly logger: KafkajsLogger
}

export interface BrokerSocket {
  readonly versions: KafkajsVersions
  readonly isOpen: boolean
  /** Rejects when the socket ends first, or after `timeoutMs`, which ends the socket: a late answer is of no use. */
  send<T>(request: KafkajsRequest<T>, timeoutMs: number): Promise<T>
  /** Ends it at once; requests under way are rejected with the reason. */
  destroy(reason: Error): void
}

/** Opens a socket and settles versions and authentication. Rejects with errors of kafkajs or of Node. */
export async function openBrokerSocket(
  address: Address,
  options: SocketOptions,
  onEnd: () => void,
): Promise<BrokerSocket> {
  const connection = correctedConnection(address, options)
  let isOpen = true
  let versions: KafkajsVersions = {}

  const destroy = (reason: Error): void => {
    if (!isOpen) return
    isOpen = false
    connection.end(reason)
    onEnd()
  }
  connection.onSocketEnd(() => destroy(new ConnectionClosed(address)))

  const send = <T>(request: KafkajsRequest<T>, timeoutMs: number): Promise<T> => {
    if (!isOpen) return Promise.reject(new ConnectionClosed(address))
    // The request's own name, since the caller may have gone on to other things.
    const timeout = startTimeout(timeoutMs, () =>
      destroy(new RequestTimeout(request.request.apiName, timeoutMs)),
    )
    return connection.kafkajs.send(request).finally(timeout.clear)
  }

  const deadline = setTimeout(
    () => destroy(new RequestTimeout('Connect', options.connectTimeoutMs)),
    options.connectTimeoutMs,
  )
  try {
    await Promise.race([connection.kafkajs.connect(), connection.ended])
    versions = await versionsOf(send, options.connectTimeoutMs)
    connection.kafkajs.setVersions(versions)
    connection.kafkajs.setSupportAuthenticationProtocol(true)
    if (options.sasl === null) connection.kafkajs.authenticatedAt = process.hrtime()
    else await Promise.race([connection.kafkajs.authenticate(), connection.ended])
  } catch (error) {
    destroy(error instanceof Error ? error : new Error(String(error)))
    throw error
  } finally {
    clearTimeout(deadline)
  }
  return {
    versions,
    get isOpen() {
      return isOpen
    },
    send,
    destroy,
  }
}

/**
 * A process that stood still (stopped, suspended, short of processor time) finds its timers over before it has looked at its
 * sockets: what has arrived by then is read first.
 */
function startTimeout(timeoutMs: number, onOver: () => void): { readonly clear: () => void } {
  let last: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    last = setImmediate(onOver)
  }, timeoutMs)
  return {
    clear() {
      clearTimeout(timer)
      clearImmediate(last)
    },
  }
}

class RequestTimeout extends Error {
  override readonly name = 'RequestTimeout'
  constructor(api: string, timeoutMs: number) {
    super(`no answer to ${api} within ${timeoutMs} ms, so the connection is given up`)
  }
}

class ConnectionClosed extends Error {
  override readonly name = 'KafkaJSConnectionClosedError'
  constructor({ host, port }: Address) {
    super(`connection to ${host}:${port} closed`)
  }
}

class ConnectionFailed extends Error {
  override readonly name = 'KafkaJSConnectionError'
  readonly code: string | undefined
  constructor(error: NodeJS.ErrnoException) {
    super(`Connection error: ${error.message}`, { cause: error })
    this.code = error.code
  }
}

async function versionsOf(
  send: <T>(request: KafkajsRequest<T>, timeoutMs: number) => Promise<T>,
  timeoutMs: number,
): Promise<KafkajsVersions> {
  const request = protocol.requests.ApiVersions.protocol({ version: 2 })()
  const { apiVersions } = await send(request, timeoutMs)
  return Object.fromEntries(apiVersions.map((entry) => [entry.apiKey, entry]))
}

/** Longer than anything: timeouts are our own, exact and without a timer that polls. */
const never = 0x7fff_ffff

function correctedConnection(address: Address, options: SocketOptions) {
  let socket: Socket | null = null
  let onSocketEnd = (): void => {}
  let rejectEnded = (_reason: Error): void => {}
  const ended = new Promise<never>((_resolve, reject) => {
    rejectEnded = reject
  })
  ended.catch(() => {})

  const kafkajs = new Connection({
    host: address.host,
    port: address.port,
    logger: options.logger,
    clientId: options.clientId,
    ssl: options.ssl,
    sasl: options.sasl,
    requestTimeout: never,
    connectionTimeout: options.connectTimeoutMs,
    enforceRequestTimeout: false,
    maxInFlightRequests: null,
    socketFactory: ({ host, port, ssl, onConnect }) => {
      socket =
        ssl === null
          ? net.connect({ host, port }, onConnect)
          : tls.connect(
              { host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...ssl },
              onConnect,
            )
      socket.setNoDelay(true)
      socket.setKeepAlive(true, 30_000)
      // Before the library hears of it: while it authenticates it would call any failure a refusal of the user.
      socket.once('error', (error) => rejectEnded(new ConnectionFailed(error)))
      socket.once('end', () => onSocketEnd())
      socket.once('close', () => onSocketEnd())
      return socket
    },
  })
  // Row 14: the queue would arm a timer after each answer, for ever, a thousand times a second. It is not needed: requests
  // are never held back here, and a broker that throttles keeps its side of the socket shut.
  kafkajs.requestQueue.scheduleCheckPendingRequests = () => {}
  kafkajs.requestQueue.maybeThrottle = () => {}

  const end = (reason: Error): void => {
    kafkajs.connectionStatus = 'disconnected'
    rejectEnded(reason)
    kafkajs.rejectRequests(reason)
    kafkajs.requestQueue.destroy()
    // While it connects, only an error ends the library's own timer, which would keep the process.
    if (socket?.connecting === true) socket.destroy(reason)
    else socket?.destroy()
  }
  // Bytes that are no answer would throw inside of a socket's event, where nobody catches.
  const processData = kafkajs.processData.bind(kafkajs)
  kafkajs.processData = (data) => {
    try {
      processData(data)
    } catch (error) {
      end(new Error(`expected an answer of a broker, was something else`, { cause: error }))
      onSocketEnd()
    }
  }
  return {
    kafkajs,
    ended,
    end,
    onSocketEnd: (callback: () => void) => {
      onSocketEnd = callback
    },
  }
}
