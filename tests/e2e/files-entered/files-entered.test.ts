import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** Where a store is behind its interface: what it enters is its own affair. */
const STORE = /^log\/dist\/(append-rules|keys|memory-.*|tail|watchers)$/

it('a message enters no more files of ours than before: at the hub client, on the hub, at the shell client and at the shell', () => {
  const measure = join(import.meta.dirname, 'measure.mjs')
  const roads = ['frame → app', 'send + ack', 'event of a lead, server', 'key, client', "key, the shell's server"]
  const text = execFileSync(process.execPath, [measure, '--json', ...roads], { encoding: 'utf8' })
  const found: Readonly<Record<string, readonly string[]>> = JSON.parse(text)
  const lead = found['event of a lead, server'] ?? []
  expect(lead).toContain('server/dist/hub/session/hub-session')
  expect(lead.filter((file) => !STORE.test(file)).length, lead.join('\n')).toBeLessThanOrEqual(31)
  const key = found["key, the shell's server"] ?? []
  expect(key.filter((file) => !STORE.test(file)).length, key.join('\n')).toBeLessThanOrEqual(22)
  const atClients = { 'frame → app': 20, 'send + ack': 26, 'key, client': 26 } as const
  for (const [road, most] of Object.entries(atClients)) {
    expect(found[road]?.length, road).toBeGreaterThan(10)
    expect(found[road]?.length, `${road}: ${found[road]?.join(' ')}`).toBeLessThanOrEqual(most)
  }
})
