import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { serve } from '../../../connectors/http/server.ts'
import type { Answer, HttpServer, Routes } from '../../../connectors/http/server.ts'

const open: HttpServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

const fine: Answer = { status: 200, contentType: 'text/plain', body: 'fine\n' }

async function start(routes: Record<string, () => Promise<Answer>>): Promise<string> {
  const asMap: Routes = new Map(Object.entries(routes))
  const server = await serve({ host: '127.0.0.1', port: 0, routes: asMap })
  open.push(server)
  return `http://127.0.0.1:${String(server.port)}`
}

describe('the server', () => {
  test('answers a known path, whatever stands behind the question mark', async () => {
    const url = await start({ '/livez': async () => fine })
    const answer = await fetch(`${url}/livez?verbose`)
    expect([answer.status, await answer.text()]).toEqual([200, 'fine\n'])
    expect(answer.headers.get('content-type')).toBe('text/plain')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test.each(['/', '/livez/', '/config', '/../livez2', '/%00'])('knows no %s', async (path) => {
    const url = await start({ '/livez': async () => fine, '/readyz': async () => fine })
    const answer = await fetch(url + path)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toBe('expected one of /livez, /readyz\n')
  })

  test.each(['POST', 'PUT', 'DELETE', 'HEAD'])('takes no %s', async (method) => {
    const url = await start({ '/livez': async () => fine })
    const answer = await fetch(`${url}/livez`, { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET'])
  })

  test('says nothing of what went wrong inside', async () => {
    const url = await start({
      '/readyz': async () => {
        throw new Error('password hunter2')
      },
    })
    const answer = await fetch(`${url}/readyz`)
    expect(answer.status).toBe(503)
    expect(await answer.text()).not.toContain('hunter2')
  })

  test('names the address that it can’t have', async () => {
    const url = await start({})
    const port = Number(new URL(url).port)
    await expect(serve({ host: '127.0.0.1', port, routes: new Map() })).rejects.toThrow(
      `expected to listen on 127.0.0.1:${String(port)}, is in use`,
    )
  })

  test('closes at once, though somebody holds a connection and another waits for an answer', async () => {
    const waits = Promise.withResolvers<undefined>()
    const asked = Promise.withResolvers<undefined>()
    const url = await start({
      '/readyz': async () => {
        asked.resolve(undefined)
        await waits.promise
        return fine
      },
    })
    const idle = connect(Number(new URL(url).port), '127.0.0.1')
    idle.on('error', () => undefined)
    const answer = fetch(`${url}/readyz`).catch(() => 'cut')
    await asked.promise
    const beganMs = performance.now()
    await open.pop()!.close()
    expect(performance.now() - beganMs).toBeLessThan(1_000)
    expect(await answer).toBe('cut')
    waits.resolve(undefined)
    idle.destroy()
  })
})
