import { browserWakeSignals, browserWebSocket } from '@holdfast/transport-browser'
import { expect, it } from 'vitest'
import { commands } from 'vitest/browser'
import { PART_NAMES, program } from './program.ts'
import type { ProgramCommands } from './program-commands.ts'

declare module 'vitest/browser' {
  interface BrowserCommands extends ProgramCommands {}
}

it('the program of the runtime matrix holds in Chromium', async () => {
  const server = await commands.startProgramServer()
  try {
    const results = await program({ server, transport: browserWebSocket(), signals: browserWakeSignals() })
    expect(results).toEqual(PART_NAMES.map((name) => ({ name, problem: '' })))
  } finally {
    await commands.stopProgramServer(server)
  }
})
