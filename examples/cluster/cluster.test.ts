import { describe, expect, it } from 'vitest'
import { mayGoWithout, natsServerProgram } from '../../scripts/nats-server.ts'
import { story } from './story.ts'

const missing = mayGoWithout(natsServerProgram())

describe.skipIf(missing !== undefined)(missing ?? 'a cluster', () => {
  it('the cluster example loses nothing when a gateway and a server are killed', async () => {
    const lines: string[] = []
    const { sent, observers } = await story((line) => lines.push(line), 10)
    expect(sent).toBeGreaterThanOrEqual(40)
    for (const observer of observers) expect(observer).toEqual({ missing: 0, doubled: 0, isInOrder: true })
    expect(lines.join('\n')).toContain('the lead answered [{"action":"RETURN","result":"tests pass"}]')
  }, 120_000)
})
