// The internals of kafkajs 2.2.4 that the client layer stands on, as narrow as it uses them. The package has no types for
// them, so the version is asserted at start (kafkajs-version.ts).
/* eslint-disable no-restricted-syntax -- they are CommonJS modules: what they export is their default. */

declare module 'kafkajs/src/loggers/index.js' {
  interface KafkajsLogEntry {
    readonly namespace: string
    readonly level: number
    readonly label: string
    readonly log: { readonly message: string } & Record<string, unknown>
  }
  interface KafkajsLogger {
    namespace(name: string): KafkajsLogger
    debug(message: string, extra?: object): void
    info(message: string, extra?: object): void
    warn(message: string, extra?: object): void
    error(message: string, extra?: object): void
  }
  interface Loggers {
    readonly LEVELS: {
      readonly NOTHING: 0
      readonly ERROR: 1
      readonly WARN: 2
      readonly INFO: 4
      readonly DEBUG: 5
    }
    createLogger(options: {
      level: number
      logCreator: (level: number) => (entry: KafkajsLogEntry) => void
    }): KafkajsLogger
  }
  const loggers: Loggers
  export default loggers
  export type { KafkajsLogEntry, KafkajsLogger }
}

declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net'
  import type { ConnectionOptions } from 'node:tls'
  import type { KafkajsLogger } from 'kafkajs/src/loggers/index.js'

  interface KafkajsSasl {
    mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    username: string
    password: string
  }
  /** What a request is to kafkajs: bytes out, bytes in. `encode` gives anything with `buf` and `buffer`. */
  interface KafkajsRequest<T> {
    readonly request: {
      readonly apiKey: number
      readonly apiVersion: number
      readonly apiName: string
      encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
    }
    readonly response: {
      decode(payload: Buffer): Promise<object>
      parse(decoded: object): Promise<T>
    }
    readonly logResponseError?: boolean
  }
  type KafkajsVersions = Readonly<Record<number, { minVersion: number; maxVersion: number }>>
  interface KafkajsRequestQueue {
    maybeThrottle(ms: number | null | undefined): void
    scheduleCheckPendingRequests(): void
    destroy(): void
  }
  class Connection {
    constructor(options: {
      host: string
      port: number
      logger: KafkajsLogger
      socketFactory: (to: {
        host: string
        port: number
        ssl: ConnectionOptions | null
        onConnect: () => void
      }) => Socket
      requestTimeout: number
      connectionTimeout: number
      enforceRequestTimeout: boolean
      maxInFlightRequests: number | null
      clientId: string
      ssl: ConnectionOptions | null
      sasl: KafkajsSasl | null
    })
    readonly requestQueue: KafkajsRequestQueue
    connectionStatus: string
    authenticatedAt: [number, number] | null
    connect(): Promise<unknown>
    setVersions(versions: KafkajsVersions): void
    setSupportAuthenticationProtocol(isSupported: boolean): void
    authenticate(): Promise<void>
    processData(data: Buffer): void
    rejectRequests(error: Error): void
    send<T>(request: KafkajsRequest<T>): Promise<T>
  }
  export default Connection
  export type { KafkajsRequest, KafkajsSasl, KafkajsVersions }
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  import type { KafkajsRequest, KafkajsVersions } from 'kafkajs/src/network/connection.js'

  interface ApiVersionsAnswer {
    readonly apiVersions: readonly { apiKey: number; minVersion: number; maxVersion: number }[]
  }
  interface Requests {
    readonly requests: {
      readonly ApiVersions: {
        protocol(options: { version: number }): () => KafkajsRequest<ApiVersionsAnswer>
      }
    }
    lookup(versions: KafkajsVersions): unknown
  }
  const requests: Requests
  export default requests
}

declare module 'kafkajs/src/broker/index.js' {
  import type { KafkajsLogger } from 'kafkajs/src/loggers/index.js'
  import type { KafkajsRequest, KafkajsVersions } from 'kafkajs/src/network/connection.js'

  interface KafkajsPool {
    readonly host: string
    readonly port: number
    readonly connectionTimeout: number
    send<T>(request: KafkajsRequest<T>): Promise<T>
    destroy(): Promise<void>
  }
  interface ConfigEntry {
    readonly configName: string
    readonly configValue: string | null
    readonly isDefault: boolean
    readonly configSource: number
    readonly isSensitive: boolean
  }
  class KafkajsBroker {
    constructor(options: {
      connectionPool: KafkajsPool
      logger: KafkajsLogger
      nodeId: number
      versions: KafkajsVersions
      allowAutoTopicCreation: boolean
    })
    readonly versions: KafkajsVersions
    lookupRequest: unknown
    describeConfigs(request: { resources: readonly { type: number; name: string }[] }): Promise<{
      readonly resources: readonly { readonly configEntries: readonly ConfigEntry[] }[]
    }>
    listGroups(): Promise<{
      readonly groups: readonly { readonly groupId: string; readonly protocolType: string }[]
    }>
    describeGroups(request: { groupIds: readonly string[] }): Promise<{
      readonly groups: readonly {
        readonly groupId: string
        readonly state: string
        readonly protocolType: string
        readonly members: readonly {
          readonly memberId: string
          readonly clientId: string
          readonly clientHost: string
          readonly memberAssignment: Buffer | null
        }[]
      }[]
    }>
    deleteGroups(groupIds: readonly string[]): Promise<{
      readonly results: readonly { readonly groupId: string; readonly errorCode: number }[]
    }>
  }
  export default KafkajsBroker
}

declare module 'kafkajs/src/protocol/error.js' {
  const errors: { readonly errorCodes: readonly { type: string; code: number }[] }
  export default errors
}
