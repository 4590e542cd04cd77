import { spawn } from 'node:child_process'
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'

/**
 * A lead that runs the commands it is asked for and streams their output into the session. What it sends while the
 * hub is away is kept and arrives once, in order. Resolves with the session's id when it leads.
 */
export async function lead(url: string): Promise<{ sessionId: string; close(): Promise<void> }> {
  const hub = new HubClient({
    transport: nodeWebSocket(),
    url,
    role: 'lead',
    onRequest: async (request) => {
      if (request.type !== 'command' || request.name !== 'run') return [{ action: 'BLOCK', reason: 'I only run' }]
      return [{ action: 'RETURN', result: { exitCode: await run(hub, request.args) } }]
    },
  })
  await hub.connect()
  return { sessionId: hub.sessionId ?? '', close: () => hub.close() }
}

async function run(hub: HubClient, command: string): Promise<number> {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)))
  const tell = (event: string, data: Record<string, unknown>): Promise<unknown> =>
    hub.event(event, data, { onDrop: 'carry' })
  // Not awaited here: what a process says before it is read is lost when it exits. Order is kept all the same.
  const started = tell('runtime_process_start', { command })
  for await (const chunk of child.stdout) {
    // The hub has it before more is read: a fast command does not fill the memory.
    await tell('runtime_process_output', { text: String(chunk) })
  }
  await started
  const exitCode = await ended
  await tell('runtime_process_stop', { exitCode })
  return exitCode
}
