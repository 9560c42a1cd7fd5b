// Asks a broker, in the protocol's own bytes, whether its coordinators work. A coordinator that does has taken over its own
// partition, and with it all others of that broker; and a broker that was never asked makes the topics for offsets and
// transactions now, not in the middle of somebody's first test.
import { connect } from 'node:net'

const answerTimeoutMs = 2_000
// Error codes GROUP_ID_NOT_FOUND and TRANSACTIONAL_ID_NOT_FOUND.
const notFound = { group: 69, transaction: 105 } as const
const unusedName = Buffer.from('test-bench')

export type CoordinatorKind = 'group' | 'transaction'

/** True if it answers for a group, or a transactional id, that it can only know not to exist. Rejects while nobody listens. */
export async function coordinatorWorks(address: string, kind: CoordinatorKind): Promise<boolean> {
  // Size and correlation id come first in every answer.
  const found = await ask(address, findCoordinator(kind))
  if (found.readInt16BE(12) !== 0) return false
  const described =
    kind === 'group'
      ? (await ask(address, describeGroup())).readInt16BE(12)
      : (await ask(address, describeTransaction())).readInt16BE(14)
  return described === 0 || described === notFound[kind]
}

function ask(address: string, request: Buffer): Promise<Buffer> {
  const at = address.lastIndexOf(':')
  return new Promise((resolve, reject) => {
    const socket = connect(Number(address.slice(at + 1)), address.slice(0, at))
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no answer from ${address} within ${answerTimeoutMs} ms`))
    }, answerTimeoutMs)
    let received = Buffer.alloc(0)
    socket.on('connect', () => socket.write(request))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
      resolve(received)
      socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => {
      clearTimeout(timer)
      reject(new Error(`${address} closed the connection`))
    })
  })
}

function findCoordinator(kind: CoordinatorKind): Buffer {
  const body = [int16(unusedName.length), unusedName, Buffer.from([kind === 'group' ? 0 : 1])]
  return request(10, 1, body)
}

function describeGroup(): Buffer {
  return request(15, 0, [int32(1), int16(unusedName.length), unusedName])
}

/** In the newer encoding: lengths are one more than they are, and each part ends in a count of tags. */
function describeTransaction(): Buffer {
  const noTags = Buffer.from([0])
  const name = Buffer.from([unusedName.length + 1, ...unusedName])
  return request(65, 0, [noTags, Buffer.from([2]), name, noTags])
}

/** Size, API key, version, correlation id, no client id, and the body. */
function request(apiKey: number, version: number, body: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat([int16(apiKey), int16(version), int32(1), int16(-1), ...body])
  return Buffer.concat([int32(bytes.length), bytes])
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
