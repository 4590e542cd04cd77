import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { networkStory, SERVER } from '../../examples/json-rpc/story.ts'

// Editors on another machine reach a language server so: each connection has a server of its own behind it.
let relay: Server

beforeEach(async () => {
  relay = createServer((socket) => {
    const child = spawn(process.execPath, SERVER, { stdio: ['pipe', 'pipe', 'ignore'] })
    socket.pipe(child.stdin).on('error', () => {})
    child.stdout.pipe(socket).on('error', () => {})
    socket.on('close', () => child.kill('SIGKILL'))
    child.on('exit', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
})

afterEach(() => new Promise((resolve) => relay.close(resolve)))

it('a language server behind a network has the newest text and answers what is carried, whatever that network does', async () => {
  const address = relay.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const outcome = await networkStory(port)
  expect(outcome.answers.filter(({ asked, found }) => !(found >= asked))).toEqual([])
  expect(outcome.answers.length).toBeGreaterThanOrEqual(outcome.carried)
  expect(outcome.gaps).toBeGreaterThanOrEqual(6)
  expect(outcome.diagnosed).toContain('Value expected')
})
