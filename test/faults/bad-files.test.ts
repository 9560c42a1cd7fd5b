// Files and settings that are wrong, given to the real command: it says which file, which place, which value and what was
// expected, ends with the documented exit code, and loses no row that was right.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { openReader } from '../../connectors/embedded/reader.ts'
import { deadLetter, exchangeTick } from '../../schemas/topics.ts'
import type { DeadLetter, ExchangeTick } from '../../schemas/types.gen.ts'
import { marketFile, quotesHeader, tradesHeader } from '../kit/market-files.ts'
import { createHome, run } from './running.ts'
import type { Ended } from './running.ts'

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 })

const startMs = 1_723_161_240_000
const tradesName = 'BTCUSDT-trades-2024-08-08.csv'
const quotesName = 'BTCUSDT-bookTicker-2024-08-08.csv'

const trade = (n: number, price = '60000.10', atMs = startMs + n): string =>
  `${n},${price},0.010,600.001,${atMs},${n % 2 === 0}`
const quote = (n: number, bid = '60000.00', ask = '60000.10', atMs = startMs + n): string =>
  `${n},${bid},1.000,${ask},1.000,${atMs},${atMs}`
const trades = (count: number): string[] => Array.from({ length: count }, (_, n) => trade(n + 1))

/** One line, no stack, and the same in the JSON that --json promises. */
function expectOneFault(end: Ended, exitCode: number, words: readonly (string | RegExp)[]): void {
  expect(end.code, end.err).toBe(exitCode)
  const fault = JSON.parse(end.out.trimEnd().split('\n').at(-1) ?? '') as { error: string }
  expect(fault).toMatchObject({ exit_code: exitCode })
  expect(end.err).toContain(fault.error)
  expect(end.err).not.toMatch(/^\s+at /m)
  for (const word of words) expect(fault.error).toMatch(word)
}

describe('a market file', () => {
  const backtest = (...files: string[]): Promise<Ended> => run(['backtest', ...files, '--json'])

  test('that is missing is named', async () => {
    expectOneFault(await backtest(`/nowhere/${tradesName}`), 3, [
      `/nowhere/${tradesName}`,
      'expected a file, was missing',
    ])
  })

  test('that is a cut gzip is named, with the line where it ends', async () => {
    const whole = gzipSync(Buffer.from([tradesHeader, ...trades(5_000)].join('\n')))
    const file = marketFile(`${tradesName}.gz`, whole.subarray(0, Math.floor(whole.length / 2)))
    const end = await backtest(file)
    expectOneFault(end, 3, [
      file,
      /:\d{3,}: expected a whole gzip stream, was unexpected end of file/,
    ])
  })

  test('with other columns is named, with what was found', async () => {
    const file = marketFile(tradesName, ['a,b,c', '1,2,3'])
    expectOneFault(await backtest(file), 3, [file, /expected .*columns|expected .*header/])
  })

  test('without a row is named', async () => {
    expectOneFault(await backtest(marketFile(tradesName, Buffer.alloc(0))), 3, ['an empty file'])
  })

  test('with rows that can not be true: each is a dead letter with its place, and every other row counts', async () => {
    const rows = trades(200)
    rows[10] = trade(11, 'NaN')
    rows[20] = trade(21, '-5')
    rows[30] = trade(31, '60000.10', startMs - 3_600_000)
    rows[40] = '41,60000.10'
    const book = [quote(1), quote(2, '60000.20', '60000.10'), quote(3, '0', '60000.10'), quote(4)]
    const [one, two] = [
      marketFile(tradesName, [tradesHeader, ...rows]),
      marketFile(quotesName, [quotesHeader, ...book]),
    ]
    const end = await backtest(one, two)
    expect(end.code, end.err).toBe(0)
    const said = end.err.split('\n').filter((line) => line.startsWith('refused row'))
    expect(said.map((line) => /:(\d+)[: ]/.exec(line)?.[1]).sort()).toEqual(
      ['12', '22', '32', '42', '3', '4'].sort(),
    )
    expect(end.err).toMatch(new RegExp(`${tradesName}:12 price: expected .*, was NaN`))
    expect(end.err).toMatch(new RegExp(`${quotesName}:3 .*60000\\.2`))
    const result = JSON.parse(end.out) as { ticks: number; topics: Record<string, number> }
    expect(result.topics['dead.letter']).toBe(6)
    expect(result.ticks + 6).toBe(rows.length + book.length)
    expect(result.topics['exchange.tick']).toBe(result.ticks)
  })
})

describe('up on market files', () => {
  test('keeps each row that can not be true as a dead letter in the log, and each other row as a tick', async () => {
    const home = createHome()
    const rows = trades(400)
    rows[100] = trade(101, 'NaN')
    rows[200] = trade(201, '60000.10', startMs - 3_600_000)
    const file = marketFile(`${tradesName}.gz`, [tradesHeader, ...rows])
    const config = home.configFile('up.yaml', {
      accounts: [{ name: 'main', symbols: ['BTCUSDT'] }],
    })
    const end = await run(['up', file, '--config', config, '--json'])
    expect(end.err.match(/refused row/g)?.length).toBe(2)
    const reader = openReader(home.logPath)
    const letters = (await reader.read(deadLetter)).map(({ value }) => value as DeadLetter)
    const ticks = (await reader.read(exchangeTick)).map(({ value }) => value as ExchangeTick)
    await reader.close()
    expect(letters.map((letter) => [letter.processor, letter.cause])).toEqual([
      ['market-files', 'INVALID_VALUE'],
      ['market-files', 'INVALID_VALUE'],
    ])
    expect(letters[0]?.detail).toContain(`${tradesName}.gz:102 price: expected`)
    expect(Buffer.from(letters[0]?.payload ?? '', 'base64').toString()).toBe(rows[100])
    expect(ticks.length).toBe(rows.length - 2)
  })

  test('that are missing starts nothing', async () => {
    const home = createHome()
    const config = home.configFile('up.yaml', {})
    expectOneFault(await run(['up', '/nowhere.csv', '--config', config, '--json']), 3, [
      '/nowhere.csv',
    ])
    expect(existsSync(home.logPath)).toBe(false)
  })
})

describe('a configuration', () => {
  const upWith = async (settings: object, env: Record<string, string> = {}): Promise<Ended> => {
    const home = createHome()
    const end = await run(['up', '--config', home.configFile('it.yaml', settings), '--json'], {
      env,
    })
    expect(existsSync(home.logPath), 'nothing was started').toBe(false)
    return end
  }

  test('that is missing is named', async () => {
    expectOneFault(await run(['up', '--config', '/nowhere.yaml', '--json']), 2, ['/nowhere.yaml'])
  })

  test('that is no YAML is named with the place', async () => {
    const { folder } = createHome()
    const path = join(folder, 'broken.yaml')
    writeFileSync(path, 'router: {min_confidence: 0.6\n')
    expectOneFault(await run(['up', '--config', path, '--json']), 2, [path, /line \d/])
  })

  test('with unknown and wrong settings names each with value and place', async () => {
    const end = await upWith({ router: { min_confidence: 7, colour: 'red' } })
    expectOneFault(end, 2, [
      /router\.min_confidence: .*was 7 \(.*it\.yaml:\d+:\d+\)/,
      /router\.colour: unknown setting, was "red" \(.*it\.yaml:\d+:\d+\)/,
    ])
  })

  test('of another environment does not trade: live is nothing that one setting switches on', async () => {
    expectOneFault(await upWith({ environment: 'LIVE' }), 2, [
      /environment: expected PAPER, was LIVE/,
    ])
    expectOneFault(await upWith({}, { QUANTUM__ENVIRONMENT: 'live' }), 2, [
      /environment: .*was "live" \(environment QUANTUM__ENVIRONMENT\)/,
    ])
  })

  test('with a symbol that the venue does not describe names it, and the ones there are', async () => {
    const accounts = [{ name: 'main', symbols: ['BTCUSDT', 'NOSUCHUSDT'] }]
    expectOneFault(await upWith({ accounts }), 2, [/accounts\.symbols: .*BTCUSDT.*was NOSUCHUSDT/])
  })

  test('with a log that can not be made names it', async () => {
    const { folder, configFile } = createHome()
    const blocked = join(folder, 'a-file')
    writeFileSync(blocked, 'in the way')
    const config = configFile('up.yaml', { log: { path: join(blocked, 'log.sqlite') } })
    expectOneFault(await run(['up', '--config', config, '--json']), 3, [blocked])
    expect(readFileSync(blocked, 'utf8')).toBe('in the way')
  })
})

test.each([
  ['map', []],
  ['topics', ['list']],
  ['explain', ['q1']],
  ['safe-mode', ['status']],
  ['safe-mode', ['on', '--reason', 'looking']],
])('quantum %s %j on a log that is not there names it and makes none', async (verb, rest) => {
  const { folder } = createHome()
  const path = join(folder, 'absent.sqlite')
  expectOneFault(await run([verb, ...rest, '--log', path, '--json']), 3, [path])
  expect(existsSync(path)).toBe(false)
})
