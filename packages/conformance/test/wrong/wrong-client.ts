import type { StartClient } from '../../src/index.ts'
import { type Breach, type Json, type Link, startMiddleman } from './middleman.ts'

/** A breach of a client. */
export interface ClientBreach extends Breach {
  /** What becomes of a line that the client says; nothing: it is not said. */
  readonly said?: (line: Json, links: readonly Link[]) => Json | undefined
  /** Lines that it says beside, for a frame that it was sent. */
  readonly says?: (frame: Json, link: Link, all: readonly Link[]) => Json | undefined
}

/** The client, breaking a rule. */
export function wrongClient(start: StartClient, breach: ClientBreach): StartClient {
  return (environment, said, ended) => {
    const links: Link[] = []
    const toClient: Breach['toClient'] = (frame, link, all) => {
      if (!links.includes(link)) links.push(link)
      const line = breach.says?.(frame, link, all)
      if (line !== undefined) said(JSON.stringify(line))
      return breach.toClient === undefined ? frame : breach.toClient(frame, link, all)
    }
    const say = (text: string): void => {
      const line = breach.said === undefined ? text : breach.said(JSON.parse(text), links)
      if (line !== undefined) said(typeof line === 'string' ? line : JSON.stringify(line))
    }
    const begun = startMiddleman(environment['HOLDFAST_URL'] ?? '', { ...breach, toClient }).then((middleman) => ({
      middleman,
      program: start({ ...environment, HOLDFAST_URL: middleman.url }, say, ended),
    }))
    return {
      write: (line) => void begun.then(({ program }) => program.write(line)),
      close: async () => {
        const { middleman, program } = await begun
        await program.close()
        await middleman.close()
      },
    }
  }
}
