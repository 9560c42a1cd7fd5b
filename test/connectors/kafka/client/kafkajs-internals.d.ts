// Parts of kafkajs that tests compare our own with.

declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  function crc32C(bytes: Buffer): number
  export { crc32C as default }
}

declare module 'kafkajs/src/protocol/recordBatch/v0/index.js' {
  interface Encoder {
    readonly buffer: Buffer
  }
  interface RecordBatchOptions {
    firstTimestamp: number
    maxTimestamp: number
    partitionLeaderEpoch: number
    lastOffsetDelta: number
    transactional: boolean
    producerId: string
    producerEpoch: number
    firstSequence: number
    records: readonly Encoder[]
  }
  const recordBatch: { RecordBatch(options: RecordBatchOptions): Promise<Encoder> }
  export { recordBatch as default }
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0/index.js' {
  interface Encoder {
    readonly buffer: Buffer
  }
  function record(options: {
    offsetDelta: number
    timestampDelta: number
    key: string | null
    value: Buffer | null
    headers: Readonly<Record<string, string>>
  }): Encoder
  export { record as default }
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/request.js' {
  interface FetchOptions {
    replicaId: number
    maxWaitTime: number
    minBytes: number
    maxBytes: number
    isolationLevel: number
    topics: readonly {
      topic: string
      partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[]
    }[]
    rackId: string
  }
  function request(options: FetchOptions): {
    readonly apiKey: number
    readonly apiVersion: number
    encode(): Promise<{ readonly buffer: Buffer }>
  }
  export { request as default }
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/response.js' {
  interface FetchResponse {
    readonly responses: readonly {
      readonly topicName: string
      readonly partitions: readonly {
        readonly partition: number
        readonly errorCode: number
        readonly lastStableOffset: string
        readonly lastStartOffset: string
        readonly abortedTransactions: readonly { producerId: string; firstOffset: string }[]
        readonly messages: readonly { offset: string; key: Buffer | null; value: Buffer | null }[]
      }[]
    }[]
  }
  const response: { decode(payload: Buffer): Promise<FetchResponse> }
  export { response as default }
}
