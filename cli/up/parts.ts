// What one process runs: sub-topologies, and the gateway with the venue and the market. On one file all of it is one process.
import type { Config } from '../../schemas/config.ts'
import type { Domain } from '../../schemas/topic.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import { UserError } from '../verb.ts'

export interface Parts {
  readonly subTopologies: readonly Domain[]
  readonly gateway: boolean
}

/** Everything there is. */
export function allParts(topology: Topology): Parts {
  return { subTopologies: topology.subTopologies.map((sub) => sub.name), gateway: true }
}

/** The parts that `--run` names. Throws a UserError that lists the parts there are. */
export function partsOf(
  text: string | undefined,
  topology: Topology,
  runtime: Config['runtime'],
): Parts {
  const all = allParts(topology)
  if (text === undefined) return all
  const names = namesOf(all)
  const given = new Set(text.split(','))
  const unknown = [...given].filter((name) => !names.includes(name))
  if (unknown.length > 0)
    throw new UserError(`--run: expected some of ${names.join(',')}, was ${unknown.join(',')}`)
  if (runtime === 'embedded' && given.size < names.length)
    throw new UserError(
      `--run: expected all of ${names.join(',')} on the embedded log, which one process owns, was ${text}; --runtime redpanda shares the parts among processes`,
    )
  return {
    subTopologies: all.subTopologies.filter((name) => given.has(name)),
    gateway: given.has('gateway'),
  }
}

/** The parts as `--run` takes them. */
export function namesOf({ subTopologies, gateway }: Parts): string[] {
  return [...subTopologies, ...(gateway ? ['gateway'] : [])]
}
