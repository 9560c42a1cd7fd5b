// Settings of TLS and SASL as the library wants them. Files are read at start, so a wrong one is told before anything runs.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { KafkajsSasl } from 'kafkajs/src/network/connection.js'
import type { Config } from '../../../schemas/config.ts'
import { KafkaError } from './kafka-error.ts'

export interface Security {
  readonly ssl: TlsOptions | null
  readonly sasl: KafkajsSasl | null
}

/**
 * Throws a KafkaError CONFIGURATION that names setting and file, never their content. `password` comes from the
 * environment or a file, read by the caller; null when there is none.
 */
export function securityOf(
  { tls, sasl }: Pick<Config['kafka'], 'tls' | 'sasl'>,
  password: string | null,
): Security {
  return { ssl: tls.enabled ? tlsOptions(tls) : null, sasl: saslOptions(sasl, password) }
}

function tlsOptions(tls: Config['kafka']['tls']): TlsOptions {
  const ca = tls.ca_file === null ? null : certificates('kafka.tls.ca_file', tls.ca_file)
  const own =
    tls.cert_file === null || tls.key_file === null
      ? {}
      : {
          cert: certificates('kafka.tls.cert_file', tls.cert_file),
          key: read('kafka.tls.key_file', tls.key_file),
        }
  try {
    // Once for all connections, and so that a key that does not belong to its certificate is told now.
    return { secureContext: createSecureContext({ ...(ca === null ? {} : { ca }), ...own }) }
  } catch (error) {
    throw new KafkaError(
      'CONFIGURATION',
      `kafka.tls: expected a key (PEM) that belongs to the certificate, was ${tls.key_file} (${reasonOf(error)})`,
    )
  }
}

/** PEM text of one or more certificates. Node would pass over what is none, and trust nobody. */
function certificates(setting: string, file: string): Buffer {
  const pem = read(setting, file)
  try {
    new X509Certificate(pem)
  } catch (error) {
    throw new KafkaError(
      'CONFIGURATION',
      `${setting}: expected a certificate (PEM), was ${file} (${reasonOf(error)})`,
    )
  }
  return pem
}

function saslOptions(
  { mechanism, username }: Config['kafka']['sasl'],
  password: string | null,
): KafkajsSasl | null {
  if (mechanism === 'none') return null
  if (password === null || password === '')
    throw new KafkaError(
      'CONFIGURATION',
      `kafka.sasl: expected a password for ${username} (${mechanism}) from kafka.sasl.password_file or QUANTUM_KAFKA_PASSWORD, was none`,
    )
  return { mechanism, username, password }
}

function read(setting: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new KafkaError(
      'CONFIGURATION',
      `${setting}: expected a readable file, was ${file} (${reasonOf(error)})`,
    )
  }
}

/** A code and never a text: that of a parser may quote what it read. */
function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
}
