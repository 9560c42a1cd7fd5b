// Ready is who does its work now: not who runs and waits for something, nor who has let go.
import { expect, test } from 'vitest'
import { healthOf } from '../../../connectors/kafka/health.ts'
import type { TaskLoop, TaskStatus } from '../../../connectors/kafka/task-handle.ts'
import type { SchemaRegistry } from '../../../connectors/registry/port.ts'
import { market } from './on-memory.ts'

const failing = async (status: TaskStatus, detail = '', isAssigned = true): Promise<string[]> => {
  const task = { partition: 0, status: () => status, detail: () => detail } as TaskLoop
  const health = healthOf({
    groups: [
      {
        sub: market,
        name: 'g',
        tasks: () => [task],
        isAssigned: () => isAssigned,
      } as never,
    ],
    registry: { reach: () => Promise.resolve() } as SchemaRegistry,
    failure: () => null,
  })
  return (await health.ready()).filter(({ ok }) => !ok).map((check) => check.detail)
}

test('A process whose tasks run is ready', async () => {
  expect(await failing('RUNNING')).toEqual([])
})

test.for([
  ['RUNNING', 'waits for the schema 7 of order.report'],
  ['WAITING', 'no broker'],
  ['RESTORING', ''],
  ['STOPPED', 'a bug'],
  ['ENDED', ''],
] as const)(
  'A process with a task that is %s (%s) is not ready, and says so',
  async ([status, detail]) => {
    expect(await failing(status, detail)).toEqual([
      `expected RUNNING, was market|0 ${status.toLowerCase()} ${detail}`.trim(),
    ])
  },
)

test('A process that is out of its group is not ready', async () => {
  expect(await failing('RUNNING', '', false)).toEqual(['expected partitions from g, was none yet'])
})

test('A process whose registry does not answer is not ready, and yet alive', async () => {
  const reach = () => Promise.reject(new Error('registry http://r: no answer'))
  const registry = { reach } as Partial<SchemaRegistry> as SchemaRegistry
  const health = healthOf({ groups: [], registry, failure: () => null })
  expect((await health.ready()).filter(({ ok }) => !ok)).toEqual([
    { name: 'registry', ok: false, detail: 'registry http://r: no answer' },
  ])
  expect(health.live().every(({ ok }) => ok)).toBe(true)
})

test('A process whose runtime has stopped is not alive, and says why', () => {
  const registry = { reach: () => Promise.resolve() } as SchemaRegistry
  const health = healthOf({ groups: [], registry, failure: () => new Error('it broke') })
  expect(health.live()).toEqual([{ name: 'runtime', ok: false, detail: 'it broke' }])
})
