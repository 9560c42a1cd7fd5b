// A Python with Confluent's own client, as a reader from outside: it shares no line of code with what it checks.
import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached, cacheDirectory } from './cache.ts'

const run = promisify(execFile)
const clientVersion = '2.16.1'

/** The interpreter. The first call makes a virtual environment and installs confluent-kafka with Avro and the registry client. */
export async function pythonOf(): Promise<string> {
  const target = join(cacheDirectory, 'python', `confluent-kafka-${clientVersion}`)
  const directory = await cached(target, async (fresh) => {
    process.stderr.write('test bench: pip fetches confluent-kafka, once\n')
    await run('python3', ['-m', 'venv', fresh])
    const client = `confluent-kafka[avro,schemaregistry]==${clientVersion}`
    await run(interpreter(fresh), ['-m', 'pip', 'install', '--quiet', client])
  })
  return interpreter(directory)
}

/** Why there can be no such Python, or undefined. */
export function pythonProblem(): string | undefined {
  try {
    execFileSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'no Python 3 with venv was found'
  }
}

function interpreter(directory: string): string {
  return join(directory, 'bin', 'python')
}
