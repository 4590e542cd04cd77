import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from './bundle.ts'
import { manifestIn } from './packed.ts'

interface Explained {
  explain(): string
}

it.each([
  { conditions: ['browser'], hasSentences: true },
  { conditions: ['browser', 'development'], hasSentences: true },
  { conditions: ['production'], hasSentences: true },
  { conditions: ['node', 'production'], hasSentences: true },
  { conditions: ['browser', 'production'], hasSentences: false },
  { conditions: ['browser', 'production', '@holdfast/words'], hasSentences: true },
])('a bundle for $conditions has sentences: $hasSentences', async ({ conditions, hasSentences }) => {
  const code = `import { Connection } from '@holdfast/core'; globalThis.x = Connection`
  const { text } = await bundle(code, 'neutral', import.meta.dirname, [], conditions)
  // Of explain(), of an error, of a check of options.
  for (const sentence of [
    'Not started. Call connect()',
    'It was never written.',
    'a transport such as nodeWebSocket()',
  ])
    expect([sentence, text.includes(sentence)]).toEqual([sentence, hasSentences])
})

describe('in a bundle for production and browsers', () => {
  const file = join(import.meta.dirname, `.words-${process.pid}.mjs`)
  let built: {
    readonly Connection: new (options: object) => Explained
    readonly HoldfastError: new (code: string, message: string) => Error
    readonly describe: (of: object) => string
    readonly explain: (of: Explained) => string
  }
  const { url = '' } = manifestIn(join(import.meta.dirname, '../..')).repository ?? {}
  const errors = `${url.replace(/^git\+|\.git$/g, '')}/blob/main/docs/errors.md`

  beforeAll(async () => {
    const code = `export { Connection, explain, HoldfastError } from '@holdfast/core'
                  export { describe } from '@holdfast/core/words'`
    const { text } = await bundle(code, 'neutral', import.meta.dirname, [], ['browser', 'production'])
    writeFileSync(file, text)
    built = await import(pathToFileURL(file).href)
  })

  afterAll(() => rmSync(file, { force: true }))

  const transport = { traits: {}, liveness: 'none', open: () => Promise.reject(new TypeError('a secret')) }

  it('options are checked, and the error has its code, the name of the option and a link', () => {
    const options = { transport, target: 'ws://host', stableAfterMs: -1 }
    expect(() => new built.Connection(options)).toThrow(`connection/invalid_option (stableAfterMs): ${errors}`)
    expect(() => new built.Connection({ ...options, stableAfterMs: 1 })).not.toThrow()
  })

  it('explain() of a connection gives codes and a link, and the function explain() sentences', () => {
    const connection = new built.Connection({ transport, target: 'ws://host' })
    expect(connection.explain()).toBe(`idle: ${errors}`)
    expect(built.explain(connection)).toBe('Not started. Call connect().')
  })

  it.each([
    [{ state: 'waiting', reason: 'backoff', attempt: 3, until: 0 }, 'waiting backoff 3'],
    [{ state: 'closed', outcome: { reason: 'user' } }, 'closed user'],
  ])('the state %j is told by its names, with the cause, and without words of others', (status, words) => {
    const lastCause = { kind: 'close', code: 1006, reason: 'a secret', clean: false, phase: 'open' }
    expect(built.describe({ status, lastCause })).toBe(`${words} (close 1006): ${errors}`)
  })

  it('the state closed is told by the code of its error, and without its message', () => {
    const error = new built.HoldfastError('connection/exhausted', 'a secret')
    const status = { state: 'closed', outcome: { reason: 'exhausted', error } }
    expect(built.describe({ status })).toBe(`closed connection/exhausted: ${errors}`)
  })

  it('the link leads to a document that has the codes', () => {
    expect(readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8')).toContain(
      '`connection/invalid_option`',
    )
  })
})
