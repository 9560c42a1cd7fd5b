// quantum safe-mode: stop entries for 15 minutes, end that early, or see what it is. Exits always go on.
import { userInfo } from 'node:os'
import type { LogReader } from '../connectors/log-reader.ts'
import type { StoredRecord } from '../connectors/runtime.ts'
import { safeModeCommand, safeModeState } from '../schemas/topics.ts'
import type { SafeModeCommand, SafeModeState } from '../schemas/types.gen.ts'
import { trading } from '../topologies/trading.ts'
import { configOf, logOptions, openLogOf, openOperatorLogOf } from './open-log.ts'
import type { Verb } from './verb.ts'
import { UserError, exit } from './verb.ts'

export const verb: Verb = {
  name: 'safe-mode',
  summary: 'Stop new entries, allow them again, or show the state. Exits are never stopped.',
  usage: 'on | off | status [--account main] [--reason TEXT]',
  options: {
    ...logOptions,
    account: { type: 'string', help: 'Account. Default: every account of the configuration.' },
    reason: { type: 'string', help: 'on, off: why, for the record.' },
  },
  async run(invocation) {
    const { values, positionals, io, json } = invocation
    const [action] = positionals
    const config = configOf({ values, io })
    const known = config.accounts.map((account) => account.name)
    const named = values['account'] as string | undefined
    if (named !== undefined && !known.includes(named))
      throw new UserError(`--account: expected one of ${known.join(', ')}, was ${named}`)
    const accounts = named === undefined ? known : [named]
    if (action === 'status') {
      const found = await statesOf(await openLogOf(invocation), accounts, io.now())
      if (json) io.out(JSON.stringify(found.flatMap(dataOf)))
      else for (const one of found) io.out(textOf(one, io.now()))
      return exit.ok
    }
    if (action !== 'on' && action !== 'off')
      throw new UserError(`expected on, off or status, was ${action ?? 'nothing'}`)
    const active = action === 'on'
    const reason = (values['reason'] as string | undefined) ?? `switched ${action} by hand`
    const actor = userInfo().username
    const log = await openOperatorLogOf(invocation)
    try {
      for (const account of accounts) {
        const [trigger, atMs] = ['OPERATOR', io.now()] as const
        const command = { account, active, trigger, reason, actor, at_ms: atMs }
        await log.append(safeModeCommand, command, atMs)
      }
    } finally {
      await log.close()
    }
    io.out(
      json
        ? JSON.stringify({ accounts, active, requested: true })
        : `safe mode ${action} requested for ${accounts.join(', ')}; see \`quantum safe-mode status\``,
    )
    return exit.ok
  },
}

interface Found {
  readonly account: string
  /** Undefined before the first state. */
  readonly state: SafeModeState | undefined
  /** The newest command that was not processed yet. */
  readonly pending: SafeModeCommand | null
}

async function statesOf(
  reader: LogReader,
  accounts: readonly string[],
  nowMs: number,
): Promise<Found[]> {
  try {
    const states = valuesOf<SafeModeState>(await reader.latest(safeModeState))
    const commands = await unread(reader, nowMs)
    return accounts.map((account) => ({
      account,
      state: states.find((state) => state.account === account),
      pending: commands.findLast((command) => command.account === account) ?? null,
    }))
  } finally {
    await reader.close()
  }
}

/** Commands behind the position of the sub-topology that reads them. */
async function unread(reader: LogReader, nowMs: number): Promise<SafeModeCommand[]> {
  const group = `${trading.name}.${safeModeCommand.domain}`
  // Ends before lags: a command that comes in between is then shown, not missed.
  const ends = await reader.ends([safeModeCommand])
  const lags = (await reader.lag(nowMs)).filter(
    (lag) => lag.group === group && lag.topic === safeModeCommand.name,
  )
  const found: SafeModeCommand[] = []
  for (const { partition, firstOffset, nextOffset } of ends) {
    const lag = lags.find((one) => one.partition === partition)?.lag
    const from = lag === undefined ? firstOffset : nextOffset - lag
    found.push(
      ...valuesOf<SafeModeCommand>(await reader.read(safeModeCommand, { partition, from })),
    )
  }
  return found
}

const valuesOf = <T>(records: readonly StoredRecord[]): T[] =>
  records.flatMap(({ value, fault }) => (fault === null ? [value as T] : []))

const dataOf = ({ account, state, pending }: Found): object[] =>
  state === undefined && pending === null ? [] : [{ account, ...state, pending }]

function textOf({ account, state, pending }: Found, nowMs: number): string {
  const now = stateText(account, state, nowMs)
  if (pending === null) return now
  const { active, at_ms, actor, reason } = pending
  return `${now}\n${account}: ${active ? 'ON' : 'off'} requested at ${new Date(at_ms).toISOString()} by ${actor}: ${reason}; not processed yet`
}

function stateText(account: string, state: SafeModeState | undefined, nowMs: number): string {
  if (state === undefined) return `${account}: not known yet; entries are refused until it is`
  if (!state.active)
    return `${account}: off since ${new Date(state.changed_at_ms).toISOString()} (${state.reason}, by ${state.actor})`
  const leftS = Math.max(0, Math.ceil((state.until_ms - nowMs) / 1_000))
  return `${account}: ON since ${new Date(state.since_ms).toISOString()}, ends in ${String(leftS)} s; trigger ${state.trigger}, by ${state.actor}: ${state.reason}; extended ${String(state.extensions)} times`
}
