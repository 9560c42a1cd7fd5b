// How the parts of the client speak to one broker.
import type KafkajsBroker from 'kafkajs/src/broker/index.js'
import type { SocketOptions } from './broker-socket.ts'

/** A request of our own: its bytes, and how its answer is read. */
export interface Exchange<T> {
  readonly apiKey: number
  readonly apiVersion: number
  readonly apiName: string
  /** What it is about, for texts of errors: topic and partition, group, transactional id. */
  readonly about?: string
  readonly body: Buffer
  decode(payload: Buffer): T
  /** Longest wait for the answer; the connection is given up then. Default: the setting `request_timeout_ms`. */
  readonly timeoutMs?: number
}

/** One broker. Its socket is opened when it is needed, and again when it has ended. */
export interface BrokerLink {
  readonly nodeId: number
  /** Rejects with a KafkaError; UNREACHABLE says that no answer came, whether or not the broker did what it should. */
  send<T>(exchange: Exchange<T>): Promise<T>
  /** The library's own requests, over the same socket. They reject with a KafkaError too. */
  readonly api: KafkajsBroker
}

export interface ConnectionsOptions extends SocketOptions {
  /** host:port of brokers to begin with. */
  readonly brokers: readonly string[]
  readonly requestTimeoutMs: number
}
