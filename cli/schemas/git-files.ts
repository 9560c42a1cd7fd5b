// Files of schemas as git has them: which content each commit gave them, and the contents themselves, read in one go.
import { execFileSync } from 'node:child_process'

const largestAnswerBytes = 1024 ** 3

/** Runs git in a folder and gives what it prints. Throws with git's own words in `stderr`. */
export type Git = (...args: readonly string[]) => string

/** A file's content that git has under an id. */
export interface Blob {
  readonly topic: string
  readonly id: string
  /** The commit, for people. */
  readonly place: string
}

export function gitIn(folder: string): Git {
  return (...args) =>
    execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: largestAnswerBytes,
    })
}

/** The schemas of one commit. */
export function blobsOfCommit(git: Git, commit: string): Blob[] {
  return git('ls-tree', '-r', commit, '--', 'schemas/')
    .split('\n')
    .flatMap((line) => {
      const [meta = '', file = ''] = line.split('\t')
      return placed(file, meta.split(' ')[2] ?? '', `commit ${commit.slice(0, 9)}`)
    })
}

/** What the commits of a log made of the schemas, the oldest first. `args` choose the commits. */
export function blobsOfLog(git: Git, ...args: readonly string[]): Blob[] {
  const form = ['--raw', '--no-abbrev', '--no-renames', '--relative', '--format=commit %H of %cs']
  let place = ''
  return git('log', '--reverse', ...form, ...args, '--', 'schemas/*.avsc')
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('commit ')) place = line.replace(/(?<=^commit .{9})\S+/, '')
      if (!line.startsWith(':')) return []
      const [meta = '', file = ''] = line.split('\t')
      const id = meta.split(' ')[3] ?? ''
      const isDeleted = /^0+$/.test(id)
      return isDeleted ? [] : placed(file, id, place)
    })
}

function placed(file: string, id: string, place: string): Blob[] {
  const topic = /^schemas\/(.+)\.avsc$/.exec(file)?.[1]
  return topic === undefined ? [] : [{ topic, id, place }]
}

/** Content by id. */
export function readBlobs(folder: string, blobs: readonly Blob[]): ReadonlyMap<string, string> {
  const ids = [...new Set(blobs.map((blob) => blob.id))]
  const texts = new Map<string, string>()
  if (ids.length === 0) return texts
  const output = execFileSync('git', ['cat-file', '--batch'], {
    cwd: folder,
    input: `${ids.join('\n')}\n`,
    maxBuffer: largestAnswerBytes,
  })
  // Each answer is a line `<id> blob <bytes>`, the content and a line's end.
  let at = 0
  for (const id of ids) {
    const end = output.indexOf('\n', at)
    const bytes = Number(output.toString('utf8', at, end).split(' ')[2])
    texts.set(id, output.toString('utf8', end + 1, end + 1 + bytes))
    at = end + 1 + bytes + 1
  }
  return texts
}
