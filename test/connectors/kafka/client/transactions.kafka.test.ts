// Promises of the transactional and the plain producer, on a broker that nobody disturbs.
import { describe, expect, test } from 'vitest'
import { needsBench } from '../../../kit/broker/needs.ts'
import { freshPrefix, sharedBench } from '../../../kit/broker/shared-bench.ts'
import { clientsOfFile, commitValues, committedValues, makeTopic } from './clients.ts'

describe('a transactional producer', needsBench(), () => {
  const { brokers } = sharedBench()
  const clients = clientsOfFile()
  const client = clients.ours(brokers)
  const prefix = freshPrefix()

  const committedOffset = async (group: string, topic: string) =>
    (await client.admin.committed(group, [{ topic, partition: 0 }]))[0]?.offset

  test('commits records of several partitions and topics and offsets together, and tells where they lie', async () => {
    const one = await makeTopic(client, `${prefix}one`, 2)
    const two = await makeTopic(client, `${prefix}two`)
    const producer = await client.fence(`${prefix}together`)
    const batches = [producer.batches(one, 1), producer.batches(two, 0), producer.batches(one, 0)]
    batches[0]!.add(1, 'a', Buffer.from('1a'), [['name', 'värde']])
    batches[0]!.add(2, null, null)
    batches[1]!.add(3, 'b', Buffer.from('2b'))
    const appended = await producer.commit({
      batches,
      offsets: { group: `${prefix}g`, offsets: [{ topic: one, partition: 0, offset: 7 }] },
    })
    expect(appended.map(({ topic, partition }) => [topic, partition])).toEqual([
      [one, 1],
      [two, 0],
      [one, 0],
    ])
    expect([appended[0]!.offsetOf(0), appended[0]!.offsetOf(1), appended[1]!.offsetOf(0)]).toEqual([
      0, 1, 0,
    ])
    expect(() => appended[2]!.offsetOf(0)).toThrow(/index/)
    expect(await committedValues(client, one, 1)).toEqual(['1a', 'null'])
    expect(await committedValues(client, two)).toEqual(['2b'])
    expect(await committedOffset(`${prefix}g`, one)).toBe(7)
    await producer.dispose()
  })

  test('commits 25 transactions of offsets only back to back; the stock library fails at some', async () => {
    const topic = await makeTopic(client, `${prefix}offsets`)
    const group = `${prefix}offsets-only`
    const producer = await client.fence(`${prefix}offsets`)
    for (let offset = 1; offset <= 25; offset += 1)
      await producer.commit({
        batches: [],
        offsets: { group, offsets: [{ topic, partition: 0, offset }] },
      })
    expect(await committedOffset(group, topic)).toBe(25)
    await producer.dispose()

    const stock = clients.stock(brokers).producer({ transactionalId: `${prefix}stock` })
    await stock.connect()
    let failed = 0
    for (let offset = 1; offset <= 25; offset += 1) {
      const transaction = await stock.transaction()
      try {
        await transaction.sendOffsets({
          consumerGroupId: `${prefix}stock`,
          topics: [{ topic, partitions: [{ partition: 0, offset: String(offset) }] }],
        })
        await transaction.commit()
      } catch {
        failed += 1
        await transaction.abort().catch(() => {})
      }
    }
    await stock.disconnect()
    expect(failed).toBeGreaterThan(0)
  })

  test('does nothing for an empty transaction', async () => {
    const topic = await makeTopic(client, `${prefix}empty`)
    const producer = await client.fence(`${prefix}empty`)
    expect(await producer.commit({ batches: [], offsets: null })).toEqual([])
    expect(
      await producer.commit({
        batches: [producer.batches(topic, 0)],
        offsets: { group: `${prefix}empty`, offsets: [] },
      }),
    ).toHaveLength(1)
    const [end] = await client.admin.endOffsets([{ topic, partition: 0 }], 'high-water')
    expect(end?.offset).toBe(0)
    await producer.dispose()
  })

  test('sends several batches of one partition in order', async () => {
    const topic = await makeTopic(client, `${prefix}batches`)
    const producer = await client.fence(`${prefix}batches`)
    const batches = producer.batches(topic, 0)
    const padding = '.'.repeat(150_000)
    const values = Array.from({ length: 25 }, (_, index) => `${index}${padding}`)
    for (const value of values) batches.add(1, null, Buffer.from(value))
    const [appended] = await producer.commit({ batches: [batches], offsets: null })
    expect(values.map((_, index) => appended!.offsetOf(index))).toEqual(values.map((_, i) => i))
    const read = await committedValues(client, topic)
    expect(read.map((value) => parseInt(value, 10))).toEqual(values.map((_, index) => index))
    await producer.dispose()
  })

  test('takes batches of one partition that were given in parts', async () => {
    const topic = await makeTopic(client, `${prefix}parts`)
    const producer = await client.fence(`${prefix}parts`)
    const parts = [producer.batches(topic, 0), producer.batches(topic, 0)]
    parts[0]!.add(1, null, Buffer.from('first'))
    parts[1]!.add(1, null, Buffer.from('second'))
    const appended = await producer.commit({ batches: parts, offsets: null })
    expect(appended.map((one) => one.offsetOf(0))).toEqual([0, 1])
    expect(await committedValues(client, topic)).toEqual(['first', 'second'])
    await producer.dispose()
  })

  test('tells a zombie that it is fenced, and nothing of its transaction is visible', async () => {
    const topic = await makeTopic(client, `${prefix}zombie`)
    const group = `${prefix}zombie`
    const zombie = await client.fence(`${prefix}zombie`)
    await commitValues(zombie, topic, ['before'], { group, offset: 1 })
    const owner = await client.fence(`${prefix}zombie`)
    await expect(
      commitValues(zombie, topic, ['zombie'], { group, offset: 99 }),
    ).rejects.toMatchObject({ name: 'KafkaError', fault: 'FENCED' })
    await expect(commitValues(zombie, topic, ['again'])).rejects.toMatchObject({ fault: 'FENCED' })
    expect(await committedOffset(group, topic)).toBe(1)
    await commitValues(owner, topic, ['owner'], { group, offset: 2 })
    await zombie.dispose()
    await commitValues(owner, topic, ['later'], { group, offset: 3 })
    expect(await committedValues(client, topic)).toEqual(['before', 'owner', 'later'])
    expect(await committedOffset(group, topic)).toBe(3)
    await owner.dispose()
  })

  test('refuses what the topic takes no record of that size of, aborts, and a new one goes on', async () => {
    const topic = await makeTopic(client, `${prefix}large`, 1, { 'max.message.bytes': '1000' })
    const producer = await client.fence(`${prefix}large`)
    await expect(commitValues(producer, topic, ['x'.repeat(2_000)])).rejects.toMatchObject({
      fault: 'TOO_LARGE',
      message: expect.stringContaining(`${topic}/0`) as string,
    })
    await expect(commitValues(producer, topic, ['small'])).rejects.toMatchObject({
      fault: 'FAILED',
    })
    const next = await client.fence(`${prefix}large`)
    await commitValues(next, topic, ['small'])
    expect(await committedValues(client, topic)).toEqual(['small'])
    await producer.dispose()
    await next.dispose()
  })

  test('says that a topic is missing, at once and before anything is open', async () => {
    const producer = await client.fence(`${prefix}missing`)
    await expect(commitValues(producer, `${prefix}nowhere`, ['x'])).rejects.toMatchObject({
      fault: 'TOPIC_MISSING',
      message: expect.stringContaining(`${prefix}nowhere/0`) as string,
    })
    await producer.dispose()
  })

  test('two producers of one process do not wait for each other', async () => {
    const topic = await makeTopic(client, `${prefix}apart`, 2)
    const [one, two] = await Promise.all([
      client.fence(`${prefix}apart.0`),
      client.fence(`${prefix}apart.1`),
    ])
    const run = async (producer: typeof one, partition: number) => {
      for (let index = 0; index < 10; index += 1) {
        const batches = producer.batches(topic, partition)
        batches.add(1, null, Buffer.from(String(index)))
        await producer.commit({ batches: [batches], offsets: null })
      }
    }
    await Promise.all([run(one, 0), run(two, 1)])
    expect(await committedValues(client, topic, 0)).toHaveLength(10)
    expect(await committedValues(client, topic, 1)).toHaveLength(10)
    await Promise.all([one.dispose(), two.dispose()])
  })

  test('a committed offset is told right after its commit, and never the one before', async () => {
    const topic = await makeTopic(client, `${prefix}stable`)
    const group = `${prefix}stable`
    for (let offset = 1; offset <= 15; offset += 1) {
      const producer = await client.fence(`${prefix}stable`)
      await commitValues(producer, topic, ['x'], { group, offset })
      await producer.dispose()
      // Without `require_stable` the broker may still answer the offset before.
      expect(await committedOffset(group, topic)).toBe(offset)
    }
  })
})

describe('a plain producer', needsBench(), () => {
  const { brokers } = sharedBench()
  const client = clientsOfFile().ours(brokers)
  const prefix = freshPrefix()

  test('keeps the order of records sent without waiting, each once', async () => {
    const topic = await makeTopic(client, `${prefix}plain`, 2)
    const producer = await client.plainProducer()
    const sends = Array.from({ length: 60 }, (_, index) => {
      const batches = producer.batches(topic, index % 2)
      batches.add(1, null, Buffer.from(String(index)))
      return producer.send([batches])
    })
    const offsets = (await Promise.all(sends)).map(([appended]) => appended!.offsetOf(0))
    expect(offsets).toEqual(Array.from({ length: 60 }, (_, index) => Math.floor(index / 2)))
    const evens = Array.from({ length: 30 }, (_, index) => String(index * 2))
    expect(await committedValues(client, topic, 0)).toEqual(evens)
    await producer.dispose()
  })

  test('rejects what is too large and is unusable then', async () => {
    const topic = await makeTopic(client, `${prefix}large`, 1, { 'max.message.bytes': '1000' })
    const producer = await client.plainProducer()
    const batches = producer.batches(topic, 0)
    batches.add(1, null, Buffer.alloc(2_000))
    await expect(producer.send([batches])).rejects.toMatchObject({ fault: 'TOO_LARGE' })
    await expect(producer.send([producer.batches(topic, 0)])).rejects.toMatchObject({
      fault: 'FAILED',
    })
    await producer.dispose()
  })

  test('rejects what is sent after it was disposed of', async () => {
    const topic = await makeTopic(client, `${prefix}disposed`)
    const producer = await client.plainProducer()
    await producer.dispose()
    const batches = producer.batches(topic, 0)
    batches.add(1, null, Buffer.from('x'))
    await expect(producer.send([batches])).rejects.toMatchObject({ fault: 'FAILED' })
  })
})
