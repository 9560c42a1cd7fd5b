// One broker: a socket for its data and control, another for fetches, which wait at the broker. Each is opened when it is
// needed, and anew after it ended.
import KafkajsBroker from 'kafkajs/src/broker/index.js'
import type { KafkajsRequest, KafkajsVersions } from 'kafkajs/src/network/connection.js'
import protocol from 'kafkajs/src/protocol/requests/index.js'
import type { BrokerLink, ConnectionsOptions, Exchange } from './broker-link.ts'
import { openBrokerSocket } from './broker-socket.ts'
import type { Address, BrokerSocket } from './broker-socket.ts'
import { translated, unsupported } from './translate.ts'
import type { Asked } from './translate.ts'

export interface BrokerNode {
  readonly address: Address
  readonly isOpen: boolean
  send<T>(exchange: Exchange<T>): Promise<T>
  /** Resolves when the broker has answered once over a socket that is still open. */
  connected(nodeId: number): Promise<BrokerLink>
  close(reason: Error): void
}

const fetchApiKey = 1

/** `onEnd` is called when a socket ends: what the broker led or coordinated may be elsewhere then. */
export function createBrokerNode(
  address: Address,
  options: ConnectionsOptions,
  onEnd: () => void,
): BrokerNode {
  const control = channel(address, options, onEnd)
  const fetches = channel(address, options, onEnd)
  const broker = `${address.host}:${address.port}`
  let closed: Error | null = null
  let link: BrokerLink | null = null

  const openSocket = async (apiKey: number, asked: Asked): Promise<BrokerSocket> => {
    if (closed !== null) throw closed
    try {
      return await (apiKey === fetchApiKey ? fetches : control).open()
    } catch (error) {
      throw translated(error, { ...asked, api: `${asked.api} (connecting)` })
    }
  }

  const send = async <T>(exchange: Exchange<T>): Promise<T> => {
    const asked = { broker, api: exchange.apiName, about: exchange.about ?? '' }
    const socket = await openSocket(exchange.apiKey, asked)
    const offered = socket.versions[exchange.apiKey]
    const { apiVersion } = exchange
    if (!offered || apiVersion < offered.minVersion || apiVersion > offered.maxVersion)
      throw unsupported(asked, apiVersion, offered)
    try {
      return await socket.send(requestOf(exchange), exchange.timeoutMs ?? options.requestTimeoutMs)
    } catch (error) {
      throw translated(error, asked)
    }
  }

  const sendLibraryRequest = async <T>(request: KafkajsRequest<T>): Promise<T> => {
    const asked = { broker, api: request.request.apiName, about: '' }
    const socket = await openSocket(request.request.apiKey, asked)
    try {
      return await socket.send({ ...request, logResponseError: false }, options.requestTimeoutMs)
    } catch (error) {
      throw translated(error, asked)
    }
  }

  return {
    address,
    get isOpen() {
      return control.isOpen()
    },
    send,
    async connected(nodeId) {
      const { versions } = await openSocket(-1, { broker, api: 'ApiVersions', about: '' })
      link ??= {
        nodeId,
        send,
        api: libraryApi(nodeId, address, versions, options, sendLibraryRequest),
      }
      return link
    },
    close(reason) {
      closed ??= reason
      control.close(reason)
      fetches.close(reason)
    },
  }
}

/** One socket at a time, whose opening is shared by all that wait for it. */
function channel(address: Address, options: ConnectionsOptions, onEnd: () => void) {
  let socket: BrokerSocket | null = null
  let opening: Promise<BrokerSocket> | null = null
  let closed: Error | null = null
  return {
    isOpen: () => socket !== null && socket.isOpen,
    async open(): Promise<BrokerSocket> {
      if (closed !== null) throw closed
      if (socket !== null && socket.isOpen) return socket
      opening ??= openBrokerSocket(address, options, onEnd).finally(() => {
        opening = null
      })
      const opened = await opening
      socket = opened
      if (closed !== null) opened.destroy(closed)
      return opened
    },
    close(reason: Error): void {
      closed ??= reason
      socket?.destroy(reason)
    },
  }
}

function requestOf<T>(exchange: Exchange<T>): KafkajsRequest<T> {
  const encoded = { buf: exchange.body, buffer: exchange.body }
  return {
    request: {
      apiKey: exchange.apiKey,
      apiVersion: exchange.apiVersion,
      apiName: exchange.apiName,
      encode: async () => encoded,
    },
    // Decoded in `parse`: the library takes what `decode` gives to be an object with throttling in it.
    response: {
      decode: async (payload) => ({ payload }),
      parse: async (answer) => exchange.decode((answer as { payload: Buffer }).payload),
    },
    logResponseError: false,
  }
}

function libraryApi(
  nodeId: number,
  { host, port }: Address,
  versions: KafkajsVersions,
  options: ConnectionsOptions,
  send: <T>(request: KafkajsRequest<T>) => Promise<T>,
): KafkajsBroker {
  const api = new KafkajsBroker({
    connectionPool: {
      host,
      port,
      connectionTimeout: options.connectTimeoutMs,
      send,
      destroy: async () => {},
    },
    logger: options.logger,
    nodeId,
    versions,
    allowAutoTopicCreation: false,
  })
  api.lookupRequest = protocol.lookup(versions)
  return api
}
