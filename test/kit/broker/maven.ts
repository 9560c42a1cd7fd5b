// Jars of the broker and the registry, fetched once by Maven into a git-ignored folder. Nothing else is downloaded.
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cached, cacheDirectory } from './cache.ts'

const run = promisify(execFile)
const attempts = 3
const timeoutMs = 180_000

const registryVersion = '3.0.9'
const registryDirectory = join(cacheDirectory, 'registry', registryVersion)
export const registryJar = `apicurio-registry-app-${registryVersion}-runner.jar`

/** Version of Apache Kafka under test: QUANTUM_TEST_KAFKA, else 4.4.0. */
export function kafkaVersion(): string {
  return process.env['QUANTUM_TEST_KAFKA'] ?? '4.4.0'
}

/**
 * The version for tests that kill a broker in the midst of transactions and start it again. Kafka 4.4.0 forgets ends of
 * transactions then: while a partition has no leader yet, the coordinator takes it for deleted, says so in its log ("Couldn't
 * find leader endpoint for partitions … can be skipped") and ends the transaction without a marker in it. Such a partition
 * shows no later record and no offset to anybody, for ever. Seen in 3 of 13 kills of the only broker under load, in none of 30
 * with this version.
 */
export const soundAtRestart = '3.9.2'

/** Why the jars can't be had, or undefined: they are there or Maven is. */
export function jarsProblem(): string | undefined {
  if ([brokerDirectory(kafkaVersion()), registryDirectory].every((one) => existsSync(one)))
    return undefined
  const found = spawnSync('mvn', ['-version'], { stdio: 'ignore' })
  return found.error === undefined ? undefined : 'no Maven was found'
}

/** Folder with the jars of a broker. The first call for a version downloads them (about 55 MB). */
export function brokerJars(version = kafkaVersion()): Promise<string> {
  return cached(brokerDirectory(version), async (directory) => {
    writeFileSync(join(directory, 'pom.xml'), brokerPom(version))
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime']
    await maven([...copy, `-DoutputDirectory=${directory}`], directory)
  })
}

/** Folder with the registry's jar and its libraries. The first call downloads them (about 110 MB). */
export function registryJars(): Promise<string> {
  return cached(registryDirectory, async (directory) => {
    const artifact = `io.apicurio:apicurio-registry-app:${registryVersion}:tar.gz:all`
    const copy = ['dependency:copy', `-Dartifact=${artifact}`]
    await maven([...copy, `-DoutputDirectory=${directory}`], directory)
    const archive = `apicurio-registry-app-${registryVersion}-all.tar.gz`
    await run('tar', ['xzf', archive], { cwd: directory })
    rmSync(join(directory, archive))
  })
}

function brokerDirectory(version: string): string {
  return join(cacheDirectory, 'broker', version)
}

async function maven(args: readonly string[], directory: string): Promise<void> {
  const what = basename(dirname(directory))
  process.stderr.write(`test bench: Maven fetches the jars of the ${what}, once\n`)
  for (let attempt = 1; ; attempt += 1) {
    try {
      await run('mvn', ['-q', '-B', ...args], { cwd: directory, timeout: timeoutMs })
      return
    } catch (error) {
      const { stdout, message } = error as { stdout?: string; message: string }
      const said = stdout?.trim() === '' || stdout === undefined ? message : stdout.trim()
      if (attempt === attempts)
        throw new Error(`Maven could not fetch the jars of the ${what}:\n${said}`, { cause: error })
      process.stderr.write(`test bench: attempt ${attempt} of ${attempts} failed, once more\n`)
    }
  }
}

function brokerPom(version: string): string {
  // Its log goes to a file through slf4j-simple; older versions bring a second binding.
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>quantum.trader</groupId>
  <artifactId>test-broker</artifactId>
  <version>1</version>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', version)}
    ${dependency('org.apache.kafka', 'kafka-tools', version)}
    ${dependency('org.slf4j', 'slf4j-simple', '1.7.36')}
  </dependencies>
</project>
`
}

function dependency(group: string, artifact: string, version: string): string {
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version><exclusions>
      <exclusion><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId></exclusion>
    </exclusions></dependency>`
}
