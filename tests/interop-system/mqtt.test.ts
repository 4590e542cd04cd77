import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { mqttStory } from '../../examples/mqtt/story.ts'
import { installDebianPrograms, pathOfDebian } from '../../scripts/terminal-programs.ts'
import { freePort } from '../e2e/support/free-port.ts'

let folder: string
let broker: ChildProcess
let port: number

beforeEach(async () => {
  installDebianPrograms({ mosquitto: 'mosquitto' })
  folder = mkdtempSync(join(tmpdir(), 'holdfast-mosquitto-'))
  port = await freePort()
  const settings = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false', 'max_queued_messages 0']
  writeFileSync(join(folder, 'mosquitto.conf'), settings.map((line) => `${line}\n`).join(''))
  broker = spawn('mosquitto', ['-c', join(folder, 'mosquitto.conf')], {
    stdio: 'ignore',
    env: { PATH: pathOfDebian() },
  })
  await expect.poll(() => isListening(port)).toBe(true)
})

afterEach(async () => {
  const gone = once(broker, 'exit')
  broker.kill()
  await gone
  rmSync(folder, { recursive: true, force: true })
})

it('mosquitto and two clients lose nothing and keep the order, whatever the network does', async () => {
  const { asked, published, read } = await mqttStory(port)
  expect([...published].sort()).toEqual([...asked].sort())
  expect(read).not.toContain('gap')
  const firsts = [...new Set(read)].filter((text) => text !== 'begin')
  expect(firsts).toEqual(asked.filter((text) => text !== 'begin'))
})

function isListening(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(at, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
