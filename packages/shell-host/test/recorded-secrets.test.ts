import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CastEvent, CastReader } from '@holdfast/protocol/shell'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Recordings } from '../src/index.ts'
import { startServer, TestClient } from './support.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-secrets-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function eventsOf(): Promise<readonly CastEvent[]> {
  const recordings = new Recordings(folder)
  const [one] = await recordings.list()
  const reader = new CastReader()
  const events: CastEvent[] = []
  for await (const line of recordings.lines(one?.id ?? '')) events.push(...reader.push(line))
  return events
}

it('a recording of what is typed leaves out what a program reads unseen, in keys or at once', async () => {
  const script = [
    'printf "name? "; read name; sleep 1; stty -echo; printf "password? "; read one; printf "again? "; read two; stty echo',
    'printf "more? "; read more; echo "done $(printf %s "$one$two" | wc -c) $more"',
  ].join('; ')
  await using server = await startServer({ recording: () => ({ folder, which: 'asked' }) })
  const command = ['/bin/sh', '-c', script].map((word) => `command=${encodeURIComponent(word)}`).join('&')
  const client = await TestClient.dial(`${server.url}/shells?shellId=one&width=80&height=24&${command}&record=input`, {
    token: 'secret',
  })
  await client.hello()
  const shows = (text: string): Promise<void> => client.untilText(text)
  /** As a person does: not in the same moment in which the question stands there. */
  const answer = async (...keys: readonly string[]): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 500))
    for (const key of keys) {
      client.type(key)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  await shows('name? ')
  await answer('ada\n')
  await shows('password? ')
  await answer('s', '3', 'c', 'r', '\n')
  await shows('again? ')
  await answer('s3cr\n')
  await shows('more? ')
  await answer('yes\n')
  await shows('done 8 yes')
  await client.untilClosed()
  await server.host.close()
  const events = await eventsOf()
  const typed = events.flatMap(({ kind, text }) => (kind === 'input' ? [text] : [])).join('')
  expect(typed).toBe('ada\nyes\n')
  expect(events.filter(({ kind }) => kind === 'marker').map(({ text }) => text)).toContain(
    'what is typed here is not shown, and left out',
  )
})
