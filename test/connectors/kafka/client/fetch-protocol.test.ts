// The Fetch request and answer, byte by byte against kafkajs.
import request from 'kafkajs/src/protocol/requests/fetch/v11/request.js'
import response from 'kafkajs/src/protocol/requests/fetch/v11/response.js'
import { describe, expect, test } from 'vitest'
import {
  decodeFetchAnswer,
  fetchExchange,
} from '../../../../connectors/kafka/client/fetch-protocol.ts'
import { wireWriter } from '../../../../connectors/kafka/client/wire.ts'
import { referenceBatch } from './reference-batch.ts'

const limits = { maxWaitMs: 100, minBytes: 1, maxBytes: 8_000_000, partitionMaxBytes: 1_000_000 }

describe('a fetch', () => {
  test('asks for committed records of several partitions in one request', async () => {
    const exchange = fetchExchange(
      [
        { topic: 'bars', partition: 0, offset: 12 },
        { topic: 'bars', partition: 5, offset: 2 ** 40 + 3 },
        { topic: 'ticks', partition: 1, offset: 0 },
      ],
      limits,
    )
    const partition = (number: number, fetchOffset: string) => ({
      partition: number,
      fetchOffset,
      maxBytes: limits.partitionMaxBytes,
    })
    const theirs = request({
      replicaId: -1,
      maxWaitTime: limits.maxWaitMs,
      minBytes: limits.minBytes,
      maxBytes: limits.maxBytes,
      isolationLevel: 1,
      topics: [
        { topic: 'bars', partitions: [partition(0, '12'), partition(5, String(2 ** 40 + 3))] },
        { topic: 'ticks', partitions: [partition(1, '0')] },
      ],
      rackId: '',
    })
    expect([exchange.apiKey, exchange.apiVersion]).toEqual([theirs.apiKey, theirs.apiVersion])
    const { buffer } = await theirs.encode()
    // The library takes part in sessions that it does not use (epoch 0); we ask for none (epoch -1).
    const expected = Buffer.from(buffer)
    expected.writeInt32BE(-1, 21)
    expect(exchange.body.toString('hex')).toBe(expected.toString('hex'))
    expect(exchange.about).toBe('bars/0 and others')
  })

  test('is answered with bytes, ends and aborted transactions of each partition', async () => {
    const records = [{ offset: 41, key: 'k', value: 'v' }]
    const bytes = referenceBatch({ baseOffset: 41, records })
    const answer = wireWriter().int32(0).int16(0).int32(0)
    answer.list(['bars'], (topic) => {
      answer.string(topic).list([0, 1], (partition) => {
        answer.int32(partition).int16(partition === 0 ? 0 : 6)
        answer
          .int64(90)
          .int64(80 + partition)
          .int64(7)
        if (partition === 0) answer.list([3n, 2n ** 50n], (id) => answer.int64(id).int64(44))
        else answer.int32(-1)
        answer.int32(-1)
        if (partition === 0) answer.bytes(bytes)
        else answer.int32(-1)
      })
    })
    const payload = answer.finish()
    const ours = decodeFetchAnswer(payload)
    expect(ours).toEqual({
      code: 0,
      places: [
        {
          topic: 'bars',
          partition: 0,
          code: 0,
          lastStableOffset: 80,
          logStartOffset: 7,
          aborted: [
            { producerId: 3n, firstOffset: 44 },
            { producerId: 2n ** 50n, firstOffset: 44 },
          ],
          bytes,
        },
        {
          topic: 'bars',
          partition: 1,
          code: 6,
          lastStableOffset: 81,
          logStartOffset: 7,
          aborted: [],
          bytes: Buffer.alloc(0),
        },
      ],
    })
    const theirs = await response.decode(payload)
    expect(theirs.responses[0]!.partitions[0]).toMatchObject({
      partition: 0,
      errorCode: 0,
      lastStableOffset: '80',
      abortedTransactions: [
        { producerId: '3', firstOffset: '44' },
        { producerId: String(2n ** 50n), firstOffset: '44' },
      ],
    })
  })
})
