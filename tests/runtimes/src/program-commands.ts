import type { BrowserCommand } from 'vitest/node'
import { type ProgramServer, startProgramServer } from './server.ts'

/** What the test in the browser may ask in Node.js: the program's server. */
export interface ProgramCommands {
  /** Answers with the server's URL. */
  startProgramServer(): Promise<string>
  stopProgramServer(url: string): Promise<void>
}

type Commands = {
  readonly [Name in keyof ProgramCommands]: BrowserCommand<Parameters<ProgramCommands[Name]>>
}

/** The commands, to be given to vitest's browser mode. */
export function programCommands(): Commands {
  const servers = new Map<string, ProgramServer>()
  return {
    startProgramServer: async () => {
      const server = await startProgramServer()
      servers.set(server.url, server)
      return server.url
    },
    stopProgramServer: (_, url) => servers.get(url)?.close(),
  }
}
