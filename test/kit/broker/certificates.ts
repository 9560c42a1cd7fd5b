// A certificate authority that lives as long as one broker, and a certificate for loopback signed by it, made with openssl.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Certificates {
  /** PEM file of the authority, for clients. */
  readonly caFile: string
  /** PEM file with the server's key and certificate, for the broker. */
  readonly keyStoreFile: string
}

/** Writes them to the folder. The certificate is valid for 127.0.0.1 and localhost, for a week. */
export function makeCertificates(directory: string): Certificates {
  const file = (name: string) => join(directory, name)
  const openssl = (args: string) => {
    execFileSync('openssl', args.split(' '), { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })
  }
  writeFileSync(file('names.ext'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  openssl('req -x509 -newkey rsa:2048 -nodes -days 7 -subj /CN=test-ca -keyout ca.key -out ca.pem')
  openssl('req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr')
  openssl(
    'x509 -req -days 7 -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names.ext -out server.pem',
  )
  const pem = ['server.key', 'server.pem'].map((name) => readFileSync(file(name), 'utf8'))
  writeFileSync(file('server-store.pem'), pem.join(''))
  return { caFile: file('ca.pem'), keyStoreFile: file('server-store.pem') }
}
