import { HubClient, HubError } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import type { StartClient } from '../src/index.ts'

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}

/** Our client, as the program that `--help` describes. */
export const ourHubClient: StartClient = (environment, said) => {
  const say = (line: object): void => said(JSON.stringify(line))
  const hub = new HubClient({
    transport: nodeWebSocket(),
    url: environment['HOLDFAST_URL'] ?? '',
    sessionId: environment['HOLDFAST_SESSION'],
    token: environment['HOLDFAST_TOKEN'],
    role: environment['HOLDFAST_ROLE'] === 'observer' ? 'observer' : 'controller',
  })
  hub.on('message', (message) => {
    const text = fieldOf(fieldOf(message, 'data'), 'text')
    if (message.type === 'broadcast') say({ event: text })
  })
  hub.on('gap', () => say({ gap: true }))
  hub.on('problem', () => {})
  hub.connect().catch(() => {})
  return {
    write: (line) => {
      const text = String(fieldOf(JSON.parse(line), 'send'))
      hub.command('conformance', text, { onDrop: 'carry', timeoutMs: 300_000 }).then(
        () => say({ send: text, outcome: 'answered' }),
        (error: unknown) => {
          const isInDoubt = error instanceof HubError && error.details.delivery === 'inDoubt'
          say({ send: text, outcome: isInDoubt ? 'in doubt' : 'rejected' })
        },
      )
    },
    close: () => hub.close({ flushMs: 0 }),
  }
}
