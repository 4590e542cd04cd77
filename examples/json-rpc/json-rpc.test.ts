import { childStdio } from '@holdfast/transport-stream/node'
import { expect, it } from 'vitest'
import { connectLanguageServer } from './lsp-client.ts'
import { childClient, lspStory, SERVER } from './story.ts'

it('the JSON-RPC client answers every question that is carried and has the newest text, however the server ends', async () => {
  const { client, signal, close } = childClient()
  const { connection } = client
  const next = (name: 'dropped' | 'attemptFailed' | 'open') =>
    new Promise<void>((resolve) => {
      const undo = connection.on(name, () => {
        undo()
        resolve()
      })
    })
  const outcome = await lspStory(client, async (during) => {
    await during()
    const killed = next('open')
    signal('SIGKILL')
    await killed

    // One that ends as it begins, twice.
    await during()
    const failed = next('attemptFailed')
    close(true)
    signal('SIGTERM')
    await failed
    await next('attemptFailed')
    const back = next('open')
    close(false)
    await back

    // One that hangs, and does nothing about SIGTERM either.
    await during()
    const replaced = next('open')
    signal('SIGSTOP')
    await replaced
    await during()
  })
  expect(outcome.answers.filter(({ asked, found }) => !(found >= asked))).toEqual([])
  expect(outcome.answers.length).toBeGreaterThanOrEqual(outcome.carried)
  expect(outcome.dropped).toBeGreaterThan(0)
  expect(outcome.gaps).toBeGreaterThanOrEqual(3)
  expect(outcome.diagnosed).toContain('Value expected')
})

it('the JSON-RPC client answers what the server asks, which it does for a schema that it cannot read itself', async () => {
  const { connection, open } = connectLanguageServer({
    transport: childStdio(process.execPath, { args: SERVER }),
    answers: {
      'vscode/content': (params) => JSON.stringify({ properties: { port: { type: 'number' } }, title: params }),
    },
  })
  const text = '{"$schema": "kitchen://schema", "port": "80"}'
  const diagnostics = open({ uri: 'file:///oven.json', languageId: 'json', version: 1, text })
  await connection.connect()
  const { value } = await diagnostics.next()
  expect(value).toMatchObject({ message: [{ message: expect.stringContaining('Expected "number"') }] })
  await connection.close()
})
