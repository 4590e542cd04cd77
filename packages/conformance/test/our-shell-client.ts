import { ShellSession } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import type { StartClient } from '../src/index.ts'

/** Our session, as the program that `--help` describes. */
export const ourShellClient: StartClient = (environment, said) => {
  const say = (line: object): void => said(JSON.stringify(line))
  const shell = new ShellSession({
    transport: nodeWebSocket(),
    url: environment['HOLDFAST_URL'] ?? '',
    token: environment['HOLDFAST_TOKEN'],
    shellId: environment['HOLDFAST_SHELL'],
  })
  shell.on('problem', () => {})
  const read = async (): Promise<void> => {
    for await (const frame of shell) {
      if (frame.channel === 'stdout') say({ event: frame.text })
      if (frame.channel === 'gap') say({ gap: frame.missingBytes })
    }
  }
  read().catch(() => {})
  void shell.result.then((ending) => say({ ended: ending.kind === 'exited' ? `exited ${ending.code}` : ending.kind }))
  shell.connect().catch(() => {})
  return {
    write: (line) => {
      const { send: text } = JSON.parse(line)
      shell
        .send(text)
        .then(() => shell.flush())
        .then(
          () => say({ send: text, outcome: 'acknowledged' }),
          () => say({ send: text, outcome: 'rejected' }),
        )
    },
    close: async () => {
      await shell.close()
    },
  }
}
