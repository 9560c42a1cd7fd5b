// Settings of a broker under test: one node, loopback only, quick to notice what tests wait for.

export type Properties = Readonly<Record<string, string | number | boolean>>

/** A listener of the broker: where it listens, the address that it tells clients, and how it is protected. */
export interface Listener {
  readonly name: string
  readonly port: number
  /** The address that clients get, if another: that of a proxy. */
  readonly advertised?: string
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_SSL'
}

/** All settings; what `overrides` names comes from there. */
export function serverProperties(
  directory: string,
  controllerPort: number,
  listeners: readonly Listener[],
  overrides: Properties,
): Properties {
  const controller = `127.0.0.1:${controllerPort}`
  const bound = listeners.map((one) => `${one.name}://127.0.0.1:${one.port}`)
  const told = listeners.map((one) => `${one.name}://${one.advertised ?? `127.0.0.1:${one.port}`}`)
  const protocols = listeners.map((one) => `${one.name}:${one.protocol}`)
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${controller}`,
    listeners: [...bound, `CONTROLLER://${controller}`].join(','),
    'advertised.listeners': told.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': [...protocols, 'CONTROLLER:PLAINTEXT'].join(','),
    'log.dirs': `${directory}/data`,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // No wait for more members, and sessions short enough to time out within a test.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    // A transaction that timed out is seen within half a second instead of ten.
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500,
    // A killed broker may register again only when its old session is over: not after nine seconds.
    'broker.heartbeat.interval.ms': 250,
    'broker.session.timeout.ms': 2_000,
    'num.network.threads': 2,
    'num.io.threads': 2,
    // Compaction comes within a second of being due.
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'log.cleaner.backoff.ms': 500,
    // Tests write records of years ago; retention would take them from under a test that runs for minutes.
    'log.retention.check.interval.ms': 86_400_000,
    'log.initial.task.delay.ms': 86_400_000,
    ...overrides,
  }
}

/** The text of a properties file. */
export function propertiesText(properties: Properties): string {
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${String(value)}`)
  return `${lines.join('\n')}\n`
}
