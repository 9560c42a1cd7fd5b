// What the runtime says about itself, outside of any transaction: observations, its tasks' failures, table entries that can't be
// read. Losing one of them costs nothing but the word itself.
import type { Domain, Topic } from '../../schemas/topic.ts'
import { deadLetter, opsAlert } from '../../schemas/topics.ts'
import type { OpsAlert } from '../../schemas/types.gen.ts'
import { deadLetterOf } from '../runtime.ts'
import type { StoredRecord } from '../runtime.ts'
import { settledWithin } from './alarm.ts'
import type { KafkaClient, PlainProducer } from './client/port.ts'
import type { LearningCodec } from './learning-codec.ts'
import type { Names } from './names.ts'

export interface Sender {
  send(topic: Topic, values: readonly object[], atMs: number): Promise<void>
  /** An entry of a table that can't be decoded becomes a dead letter. */
  readonly bury: (record: StoredRecord) => void
  /** A task has stopped for good: somebody has to look. */
  alertStopped(sub: Domain, partition: number, error: unknown, atMs: number): void
  /** It runs again. */
  clearStopped(sub: Domain, partition: number, atMs: number): void
  close(): Promise<void>
}

/** Longest wait at the end for what is still to be said: a broker may be gone. */
const lastMs = 1_000

/** Sends to topics of the ops domain, which have one partition. */
export function openSender(client: KafkaClient, codec: LearningCodec, names: Names): Sender {
  let opening: Promise<PlainProducer> | null = null
  let last = Promise.resolve()
  const raised = new Map<string, OpsAlert>()

  const sendNow = async (topic: Topic, values: readonly object[], atMs: number): Promise<void> => {
    opening ??= client.plainProducer()
    try {
      const producer = await opening
      const batches = producer.batches(names.topic(topic), 0)
      for (const value of values)
        batches.add(atMs, topic.keyOf(value as never), codec.encodeShared(topic.name, value))
      await producer.send([batches])
    } catch (error) {
      const broken = opening
      opening = null
      await broken.then((producer) => producer.dispose()).catch(() => undefined)
      throw error
    }
  }
  const send: Sender['send'] = (topic, values, atMs) => {
    if (values.length === 0) return Promise.resolve()
    const sent = last.then(() => sendNow(topic, values, atMs))
    last = sent.catch(() => undefined)
    return sent
  }
  const sendQuietly = (topic: Topic, value: object, atMs: number): void => {
    send(topic, [value], atMs).catch(() => undefined)
  }

  return {
    send,
    bury(record) {
      sendQuietly(deadLetter, deadLetterOf(record, 'table', record.at_ms), record.at_ms)
    },
    alertStopped(sub, partition, error, atMs) {
      const detail = error instanceof Error ? error.message : String(error)
      const alert = stoppedAlert(`${sub}|${partition}`, 'RAISED', detail, atMs)
      raised.set(alert.subject, alert)
      sendQuietly(opsAlert, alert, atMs)
    },
    clearStopped(sub, partition, atMs) {
      const before = raised.get(`${sub}|${partition}`)
      if (before === undefined) return
      raised.delete(before.subject)
      sendQuietly(opsAlert, { ...before, state: 'CLEARED', at_ms: atMs }, atMs)
    },
    async close() {
      await settledWithin(lastMs, last)
      await opening?.then((producer) => producer.dispose()).catch(() => undefined)
    },
  }
}

function stoppedAlert(
  subject: string,
  state: OpsAlert['state'],
  detail: string,
  atMs: number,
): OpsAlert {
  return {
    ...{ alert_id: `SUPERVISION|${subject}`, kind: 'SUPERVISION', severity: 'CRITICAL' },
    ...{ state, subject, detail: `the task stopped: ${detail}`, raised_at_ms: atMs, at_ms: atMs },
  }
}
