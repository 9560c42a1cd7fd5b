// The image of the pipeline: the Node that this checkout pins, all files that it imports, and none that nobody asked for.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root, textOf } from './deployed.ts'

const dockerfile = textOf('deploy/Dockerfile')
const packageJson = JSON.parse(textOf('package.json')) as { dependencies: Record<string, string> }

/** What is copied from the checkout, not from another stage. */
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names]) =>
  names!.split(' '),
)

/** Source files of the image. */
function sources(): string[] {
  return copied.flatMap((name) =>
    name.endsWith('.ts')
      ? [join(root, name)]
      : name.includes('.')
        ? []
        : readdirSync(join(root, name), { recursive: true, encoding: 'utf8' })
            .filter((file) => file.endsWith('.ts'))
            .map((file) => join(root, name, file)),
  )
}

describe('deploy/Dockerfile', () => {
  test('runs on the Node that package.json pins', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)
    expect(new Set(bases)).toEqual(
      new Set([`node:${packageJson.dependencies['node']!}-bookworm-slim`]),
    )
  })

  test('does not run as root, and starts the program itself, so that signals reach it', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '))
    expect(last).toMatch(/^USER node$/m)
    expect(last).toMatch(/^ENTRYPOINT \["node", "main.ts"\]$/m)
  })

  test('installs what the lock file says, without development packages and without scripts', () => {
    expect(dockerfile).toContain('npm ci --omit=dev --ignore-scripts')
  })

  test('copies everything that its sources import', () => {
    const files = sources()
    expect(files.length).toBeGreaterThan(100)
    for (const file of files) {
      const text = readFileSync(file, 'utf8')
      for (const [, path] of text.matchAll(/(?:from|import\() ?'(\.\.?\/[^']+)'/g)) {
        const [top] = relative(root, resolve(file, '..', path!)).split('/')
        expect(copied, `${relative(root, file)} imports ${path!}`).toContain(top)
      }
    }
  })

  test('is sent all that it copies, and nothing else', () => {
    const lines = textOf('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(lines[0]).toBe('*')
    expect(
      lines
        .slice(1)
        .map((line) => line.replace('!', ''))
        .sort(),
    ).toEqual([...new Set(copied)].sort())
  })
})
