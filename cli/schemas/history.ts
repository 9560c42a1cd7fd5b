// Earlier versions of the schemas, from git alone: what a change is held against where there is no registry.
import { fingerprintOf } from '../../schemas/meaning.ts'
import { UserError } from '../verb.ts'
import { blobsOfCommit, blobsOfLog, gitIn, readBlobs } from './git-files.ts'
import type { Blob, Git } from './git-files.ts'
import { releasedFile } from './released.ts'

export interface EarlierVersion {
  readonly topic: string
  readonly text: string
  /** Where it is from, for people. */
  readonly place: string
}

export interface History {
  /** `shallow`: git has only the last commits. `none`: there is no git here, or nothing in it. */
  readonly depth: 'whole' | 'shallow' | 'none'
  /** Why it is not whole. */
  readonly problem: string | null
  /** The commit from which on every version counts; null without git. */
  readonly since: string | null
  /** Versions since then, that commit's own included, each meaning once. */
  readonly versions: readonly EarlierVersion[]
  /** The version of a fingerprint, from wherever in history it is; null when it is nowhere. */
  find(topic: string, fingerprint: string): EarlierVersion | null
}

/**
 * Reads the history of the project in `root`. `since` is a commit, or null for the one that last changed the list of released
 * versions, and without such a list the last commit: until something is released, only what is there now has to be followed.
 * Only the main line counts: commits that were merged are what the merge made of them. Throws a UserError for an unknown
 * commit.
 */
export function readHistory(root: string, since: string | null): History {
  const git = gitIn(root)
  const { depth, problem } = depthOf(git)
  if (depth === 'none') return { depth, problem, since: null, versions: [], find: () => null }
  const base = since === null ? lastRelease(git) : commitOf(git, since)
  const mainLine = ['--first-parent', '--diff-merges=first-parent', `${base}..HEAD`]
  const counted = [...blobsOfCommit(git, base), ...blobsOfLog(git, ...mainLine)]
  let all: ReadonlyMap<string, EarlierVersion> | null = null
  return {
    ...{ depth, problem, since: base },
    versions: [...byMeaning(root, counted).values()],
    find(topic, fingerprint) {
      all ??= byMeaning(root, blobsOfLog(git, '-m', 'HEAD'))
      return all.get(`${topic} ${fingerprint}`) ?? null
    },
  }
}

/** Each meaning of each topic once, where it was first. */
function byMeaning(root: string, blobs: readonly Blob[]): Map<string, EarlierVersion> {
  const texts = readBlobs(root, blobs)
  const found = new Map<string, EarlierVersion>()
  for (const { topic, id, place } of blobs) {
    const text = texts.get(id) ?? ''
    const key = `${topic} ${fingerprintOf(text)}`
    if (!found.has(key)) found.set(key, { topic, text, place })
  }
  return found
}

function depthOf(git: Git): Pick<History, 'depth' | 'problem'> {
  try {
    if (git('ls-tree', 'HEAD', '--', 'schemas/').trim() === '')
      return { depth: 'none', problem: 'git has no schemas here' }
    if (git('rev-parse', '--is-shallow-repository').trim() === 'true')
      return { depth: 'shallow', problem: 'this clone has only the last commits' }
    return { depth: 'whole', problem: null }
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    const [why = ''] = (stderr?.trim() || message).split('\n')
    return { depth: 'none', problem: `git gives no history (${why})` }
  }
}

function lastRelease(git: Git): string {
  const found = git('log', '--first-parent', '-1', '--format=%H', '--', releasedFile).trim()
  return found === '' ? git('rev-parse', 'HEAD').trim() : found
}

function commitOf(git: Git, ref: string): string {
  try {
    return git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`).trim()
  } catch {
    throw new UserError(`--since: expected a commit, a branch or a tag of git, was ${ref}`)
  }
}
